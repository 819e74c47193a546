/** How a secret may come out of a command or a function. None of it knows of how secrets are masked. */
export const ENCODINGS = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 amid a text': (value) => Buffer.from(`user:${value}@host`).toString('base64'),
  'base64 of URLs, without padding': (value) => Buffer.from(`u:${value}`).toString('base64url'),
  hexadecimal: (value) => Buffer.from(value).toString('hex'),
  'in a URL': (value) => `https://app:${encodeURIComponent(value)}@db:5432/orders`,
  'in a form': (value) => new URLSearchParams({ password: value }).toString(),
  JSON: (value) => JSON.stringify({ password: value }),
  'JSON in JSON': (value) => JSON.stringify({ message: JSON.stringify({ password: value }) }),
  'broken over lines': (value) => value.replace(/.{5}/gsu, '$&\n    '),
  'base64 broken over lines': (value) =>
    Buffer.from(`key=${value};`).toString('base64').replace(/.{12}/g, '$&\n'),
} satisfies Record<string, (value: string) => string>;

export type Encoding = keyof typeof ENCODINGS;

export const ENCODING_NAMES = Object.keys(ENCODINGS) as Encoding[];
