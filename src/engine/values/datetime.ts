/**
 * Any complete ISO 8601 instant to the one form that is stored and sent: `YYYY-MM-DDTHH:mm:ss.sssZ`.
 *
 * Taken: calendar, ordinal and week dates; basic and extended format; a decimal fraction (`.` or `,`) of the last part of
 * the time; `24:00` as the end of a day; any offset, `Z`, or none, which is UTC; a date alone, which is its midnight in UTC.
 * Not taken: dates that do not exist, leap seconds, reduced dates (`2026-01`), years outside 0000–9999 (after the offset).
 */

const canonical = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

const calendarDate = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d))$/
const ordinalDate = /^(\d{4})-?(\d{3})$/
const weekDate = /^(\d{4})(?:-W(\d\d)-([1-7])|W(\d\d)([1-7]))$/
const extendedTime = /^(\d\d)(?::(\d\d)(?::(\d\d))?)?(?:[.,](\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/
const basicTime = /^(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:[.,](\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/

const dayMs = 86_400_000
const firstMs = daysOf(0, 1, 1) * dayMs
const endMs = daysOf(10_000, 1, 1) * dayMs

/** @returns undefined when the text is no such instant */
export function normaliseDatetime(text: string): string | undefined {
  if (canonical.test(text)) return text
  if (text.length > 64) return undefined
  const separator = text.indexOf('T')
  const dateText = separator < 0 ? text : text.slice(0, separator)
  const days = parseDate(dateText)
  if (days === undefined) return undefined
  const time = separator < 0 ? 0 : parseTime(text.slice(separator + 1), dateText.includes('-'))
  if (time === undefined) return undefined
  const instant = days * dayMs + time
  return instant >= firstMs && instant < endMs ? new Date(instant).toISOString() : undefined
}

/** Days since 1970-01-01. */
function parseDate(text: string): number | undefined {
  const calendar = calendarDate.exec(text)
  if (calendar) {
    const year = Number(calendar[1])
    const month = Number(calendar[2] ?? calendar[4])
    const day = Number(calendar[3] ?? calendar[5])
    const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
    return exists ? daysOf(year, month, day) : undefined
  }
  const ordinal = ordinalDate.exec(text)
  if (ordinal) {
    const year = Number(ordinal[1])
    const day = Number(ordinal[2])
    return day >= 1 && day <= (isLeap(year) ? 366 : 365) ? daysOf(year, 1, day) : undefined
  }
  const week = weekDate.exec(text)
  if (!week) return undefined
  const year = Number(week[1])
  const number = Number(week[2] ?? week[4])
  const start = firstWeekOf(year)
  const weeks = (firstWeekOf(year + 1) - start) / 7
  return number >= 1 && number <= weeks
    ? start + (number - 1) * 7 + Number(week[3] ?? week[5]) - 1
    : undefined
}

/** Milliseconds since midnight UTC of the date it stands with. */
function parseTime(text: string, extended: boolean): number | undefined {
  const match = (extended ? extendedTime : basicTime).exec(text)
  if (!match) return undefined
  const [, hourText, minuteText, secondText, fraction, zone] = match
  const hour = Number(hourText)
  const minute = Number(minuteText ?? 0)
  const second = Number(secondText ?? 0)
  const unit = secondText !== undefined ? 1_000 : minuteText !== undefined ? 60_000 : 3_600_000
  const within = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * unit + 1e-6)
  const ms = hour * 3_600_000 + minute * 60_000 + second * 1_000 + Math.min(within, unit - 1)
  if (minute > 59 || second > 59 || ms > dayMs || (hour === 24 && ms !== dayMs)) return undefined
  const offset = parseOffset(zone)
  return offset === undefined ? undefined : ms - offset
}

function parseOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000)
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999, hence the setter. */
function daysOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / dayMs
}

/** The Monday of the week that holds 4 January, in days since 1970-01-01 (a Thursday). */
function firstWeekOf(year: number): number {
  const fourth = daysOf(year, 1, 4)
  return fourth - ((((fourth + 3) % 7) + 7) % 7)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
