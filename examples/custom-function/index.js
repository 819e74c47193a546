import { boolean, defineFunction, Failure, string } from 'kanister-operator/function';

/** Milliseconds that the application may take for an answer. */
const PATIENCE = 10_000;

/** Tells an application, over an HTTP API of its own, whether it may write. */
const setWrites = defineFunction({
  name: 'SetWrites',
  doc: 'Tells an application whether it may write; it is told the old answer again when the action fails.',
  afterRestart: 'It is done again, which changes nothing where it was done already.',
  args: {
    url: string({
      required: true,
      doc: 'where the application takes {"allowed": …} by PUT, and gives it by GET',
    }),
    allowed: boolean({ required: true, doc: 'whether it may write' }),
  },
  outputs: { wasAllowed: 'whether it was allowed to write before' },
  permissions: [],
  revision: 1,
  async run({ url, allowed }, { signal, step, undoOnFailure }) {
    // What is read before the change is kept in the journal: neither a restart of the operator nor another attempt reads it anew.
    const wasAllowed = await step('before', () => readWrites(url, signal), { lasting: true });
    await undoOnFailure({ url, allowed: wasAllowed });
    // Done twice it is the same, so it may be repeated after a restart. What may not is a step with { resume: 'unrepeatable' }.
    await step('set', () => writeWrites(url, allowed, signal));
    return { wasAllowed };
  },
  async undo(data, { signal }) {
    const { url, allowed } = /** @type {{ url: string, allowed: boolean }} */ (data);
    await writeWrites(url, allowed, signal);
  },
});

/** What the operator looks for in this module. */
export const functions = [setWrites];

/**
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function readWrites(url, signal) {
  const response = await ask(url, { method: 'GET' }, signal);
  const answer = /** @type {{ allowed?: unknown } | null} */ (await response.json().catch(() => null));
  if (typeof answer?.allowed !== 'boolean') {
    throw new Failure(
      'UnexpectedAnswer',
      `GET ${placeOf(url)} did not give {"allowed": true} or {"allowed": false}`,
    );
  }
  return answer.allowed;
}

/**
 * @param {string} url
 * @param {boolean} allowed
 * @param {AbortSignal} signal
 */
async function writeWrites(url, allowed, signal) {
  const headers = { 'content-type': 'application/json' };
  await ask(url, { method: 'PUT', headers, body: JSON.stringify({ allowed }) }, signal);
  return undefined;
}

/**
 * @param {string} url
 * @param {RequestInit & { method: string }} request
 * @param {AbortSignal} signal of the phase: it aborts when the phase is to end
 */
async function ask(url, request, signal) {
  const what = `${request.method} ${placeOf(url)}`;
  const response = await fetch(url, {
    ...request,
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  }).catch((error) => {
    signal.throwIfAborted();
    // The first word is for programs, such as a Blueprint's retry.on; the hint says what to do next.
    throw new Failure(
      'ApplicationUnreachable',
      `${what} was not answered: ${error.cause?.message ?? error.message}`,
      {
        hint: 'Check that the application runs, and that the operator may reach it.',
      },
    );
  });
  if (response.ok) return response;
  throw new Failure('ApplicationRefused', `${what} was answered with ${response.status}`);
}

/**
 * A URL may hold a password, or a token in its query; errors are read by many.
 * @param {string} url
 */
function placeOf(url) {
  if (!URL.canParse(url)) throw new Failure('InvalidArgument', 'url is no URL', { argument: 'url' });
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
