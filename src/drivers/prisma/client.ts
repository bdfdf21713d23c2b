/** What this package needs of a `PrismaClient`, by its form: any version with these methods will do. */

export interface PrismaQueries {
  $queryRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<unknown>
  /** @returns how many rows the statement changed */
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>
}

export interface PrismaLike extends PrismaQueries {
  $transaction<Result>(
    work: (tx: PrismaQueries) => Promise<Result>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<Result>
}
