import type { Answer, Conversation } from './conversation.ts';

/**
 * Makes a request that may be refused for what a patch makes of an object, and notes the answer without that object: the server prints it as text, in
 * which versions and times stand like any other.
 */
export async function noteRefusedPatch(
  t: Conversation,
  label: string,
  request: () => Promise<Answer>,
): Promise<Answer> {
  const answer = await t.quietly(request);
  const { status, headers } = answer;
  t.note(`${status < 400 ? '' : 'error: '}${label}`, {
    status,
    ...(headers['warning'] !== undefined && { warning: headers['warning'] }),
    body: JSON.parse(JSON.stringify(answer.body).replaceAll(SHOWN, 'Invalid value: <shown>: ')) as unknown,
  });
  return answer;
}

/** A text inside of a JSON text: its quotes are escaped once, those inside of it three times. */
const SHOWN = /Invalid value: \\"(?:[^"\\]|\\\\\\"|\\\\\\\\|\\\\[^"])*?\\": /g;
