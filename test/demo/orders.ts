import { Client, type ClientConfig } from 'pg';

/** What tells one content of the table from another: every column of every row goes into the checksum. */
export interface Fingerprint {
  rows: number;
  checksum: string;
}

/** Runs `work` with a connection that is closed when it ends. */
export async function withDatabase<T>(
  config: ClientConfig,
  work: (database: Client) => Promise<T>,
): Promise<T> {
  const database = new Client({ connectionTimeoutMillis: 10_000, query_timeout: 60_000, ...config });
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}

/** Makes the table `orders` and fills it; the same count always gives the same rows. */
export async function loadOrders(database: Client, count: number): Promise<void> {
  await database.query(`
    CREATE TABLE orders (
      id bigint PRIMARY KEY,
      customer text NOT NULL,
      cents integer NOT NULL CHECK (cents > 0),
      placed timestamptz NOT NULL
    );
    CREATE INDEX orders_by_customer ON orders (customer);`);
  await database.query(
    `INSERT INTO orders
     SELECT id, 'customer ' || md5((id % 500)::text), 1 + id * 7919 % 100000, timestamptz '2026-01-01 UTC' + id * interval '1 min'
     FROM generate_series(1, $1::bigint) AS id`,
    [count],
  );
}

export async function fingerprint(database: Client): Promise<Fingerprint> {
  const { rows } = await database.query<Fingerprint>(
    `SELECT count(*)::int AS rows, md5(string_agg(orders::text, E'\\n' ORDER BY id)) AS checksum FROM orders`,
  );
  const [found] = rows;
  if (!found) throw new Error('an aggregate query returned no row');
  return found;
}

export async function dropOrders(database: Client): Promise<void> {
  await database.query('DROP TABLE orders');
}

export async function ordersExist(database: Client): Promise<boolean> {
  const { rows } = await database.query(`SELECT FROM pg_tables WHERE tablename = 'orders'`);
  return rows.length > 0;
}
