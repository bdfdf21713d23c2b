/** The functions that stand in for what SQLite brings with it. The texts begin as the server makes functions anew. */

/**
 * A place in a json text by a path such as $."items"[0]: a position is looked for in lists alone.
 * @param type of JSON
 */
export function jsonAt(create: string, collate: string, type: 'LONGTEXT' | 'JSON'): string {
  const json = type === 'JSON' ? type : `${type} CHARACTER SET utf8mb4 ${collate}`
  return `${create} main."_dbal_json_at"(doc LONGTEXT CHARACTER SET utf8mb4 ${collate}, path VARCHAR(2000) CHARACTER SET utf8mb4 ${collate})
RETURNS ${json} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE node ${json} DEFAULT doc;
  DECLARE rest VARCHAR(2000) CHARACTER SET utf8mb4 ${collate} DEFAULT substr(path, 2);
  DECLARE part VARCHAR(2000) CHARACTER SET utf8mb4 ${collate};
  WHILE rest <> '' AND node IS NOT NULL DO
    IF substr(rest, 1, 1) = '[' THEN
      SET part = substr(rest, 1, instr(rest, ']'));
      IF cast(json_type(node) AS BINARY) <> 'ARRAY' THEN RETURN NULL; END IF;
    ELSE
      SET part = substr(rest, 1, locate('"', rest, 3));
    END IF;
    SET node = json_extract(node, concat('$', part));
    SET rest = substr(rest, char_length(part) + 1);
  END WHILE;
  RETURN node;
END`
}

export const sqliteFunctions = (create: string, collate: string): readonly string[] => [
  // As SQLite's: a place below 0 counts from the end, a length below 0 goes back from it.
  `${create} main."_dbal_substr"(whole LONGTEXT CHARACTER SET utf8mb4 ${collate}, place BIGINT, amount BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4 ${collate} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE p DECIMAL(30) DEFAULT place;
  DECLARE n DECIMAL(30) DEFAULT amount;
  IF whole IS NULL OR place IS NULL OR amount IS NULL THEN RETURN NULL; END IF;
  IF p < 0 THEN
    SET p = p + char_length(whole);
    IF p < 0 THEN
      SET n = IF(n < 0, 0, n + p);
      SET p = 0;
    END IF;
  ELSEIF p > 0 THEN
    SET p = p - 1;
  ELSEIF n > 0 THEN
    SET n = n - 1;
  END IF;
  IF n < 0 THEN
    SET n = least(-n, p);
    SET p = p - n;
  END IF;
  RETURN substr(whole, cast(least(p, 4294967295) AS SIGNED) + 1, cast(least(n, 4294967295) AS SIGNED));
END`,
  // Of an instant as it is stored; what SQLite takes beside these is refused, what it does not take gives null.
  `${create} main."_dbal_strftime"(form LONGTEXT CHARACTER SET utf8mb4 ${collate}, instant VARCHAR(24) CHARACTER SET utf8mb4 ${collate})
RETURNS LONGTEXT CHARACTER SET utf8mb4 ${collate} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE made LONGTEXT CHARACTER SET utf8mb4 ${collate} DEFAULT '';
  DECLARE at INT DEFAULT 1;
  DECLARE letter VARCHAR(1) CHARACTER SET utf8mb4 ${collate};
  IF form IS NULL OR instant IS NULL THEN RETURN NULL; END IF;
  WHILE at <= char_length(form) DO
    SET letter = substr(form, at, 1);
    IF letter <> '%' THEN
      SET made = concat(made, letter);
    ELSE
      SET at = at + 1;
      SET letter = substr(form, at, 1);
      IF letter <> '' AND instr('eGgIJklpPuUVW', letter) > 0 THEN SIGNAL SQLSTATE '22023' SET MYSQL_ERRNO = 1411, MESSAGE_TEXT = 'strftime'; END IF;
      SET made = concat(made, CASE letter WHEN '%' THEN '%' WHEN 'Y' THEN left(instant, 4) WHEN 'm' THEN substr(instant, 6, 2)
        WHEN 'd' THEN substr(instant, 9, 2) WHEN 'H' THEN substr(instant, 12, 2) WHEN 'M' THEN substr(instant, 15, 2)
        WHEN 'S' THEN substr(instant, 18, 2) WHEN 'f' THEN substr(instant, 18, 6) WHEN 'F' THEN left(instant, 10)
        WHEN 'T' THEN substr(instant, 12, 8) WHEN 'R' THEN substr(instant, 12, 5)
        WHEN 'j' THEN lpad(dayofyear(left(instant, 10)), 3, '0') WHEN 'w' THEN dayofweek(left(instant, 10)) - 1
        WHEN 's' THEN timestampdiff(SECOND, '1970-01-01 00:00:00', concat(left(instant, 10), ' ', substr(instant, 12, 8))) END);
    END IF;
    SET at = at + 1;
  END WHILE;
  RETURN made;
END`,
]
