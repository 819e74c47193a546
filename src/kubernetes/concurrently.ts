/**
 * Does the work for each item, for at most `limit` of them at a time. Results come in the order of the items. After a failure no
 * further work is begun.
 */
export async function concurrently<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = numbered(items);
  const takeTurns = async () => {
    // A generator that is shared: leaving the loop early ends it for everybody.
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, takeTurns));
  return results;
}

function* numbered<Item>(items: Iterable<Item>): Generator<[index: number, item: Item]> {
  let index = 0;
  for (const item of items) yield [index++, item];
}
