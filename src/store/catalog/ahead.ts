// Work on items a few ahead of who takes the results, in their order: neither one by one nor all at once.

/** At most `width` are under way or wait to be taken. The first failure ends it; what is still under way then is left alone. */
export async function* ahead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    if (pending.length >= width) yield await pending.shift()!;
    const result = work(item);
    // Whoever awaits it sees the failure; after an earlier one, nobody does.
    result.catch(() => undefined);
    pending.push(result);
  }
  while (pending.length > 0) yield await pending.shift()!;
}
