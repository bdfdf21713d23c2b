/** What every contender must be able to do. All of them keep the same table with the same indexes in OPFS. */

export interface Item {
  readonly name: string
  readonly category: string
  readonly price: number
  readonly isActive: boolean
  readonly note: string
}

export interface Contender {
  readonly name: string
  /** Opens its database; the first time it is made. */
  open(): Promise<void>
  /** Resolves when the row is durable, with its id. */
  insert(item: Item): Promise<string>
  /** As one call, all or nothing. */
  bulk(items: readonly Item[]): Promise<void>
  read(id: string): Promise<{ name: string }>
  update(id: string, price: number): Promise<void>
  remove(id: string): Promise<void>
  /** The last twenty of a category by price: an index serves it. */
  list20(category: string): Promise<readonly object[]>
  /** Five thousand rows as objects. */
  list5000(): Promise<readonly object[]>
  close(): Promise<void>
}

export const categories = 20

export function makeItem(index: number): Item {
  return {
    name: `item-${index}`,
    category: `category-${index % categories}`,
    price: (index * 7919) % 10_000,
    isActive: index % 3 === 0,
    note: 'a short note about the item, as long as a line of text is',
  }
}

/** The DDL of the ones that take SQL. */
export const ddl = [
  `create table if not exists Item (
    id text primary key not null, name text not null unique, category text not null, price integer not null,
    isActive integer not null, note text, createdAt text not null, updatedAt text not null) strict`,
  'create index if not exists Item_category_price on Item (category, price)',
]

export const insertSql =
  'insert into Item (id, name, category, price, isActive, note, createdAt, updatedAt) values (?, ?, ?, ?, ?, ?, ?, ?)'

export function rowOf(
  id: string,
  item: Item,
): [string, string, string, number, number, string, string, string] {
  const now = new Date().toISOString()
  return [id, item.name, item.category, item.price, item.isActive ? 1 : 0, item.note, now, now]
}
