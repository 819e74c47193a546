import type { SecretSpan } from './secret-index.ts';

const MASK = '<masked>';

/** The text with the spans masked; those that overlap become one. */
export function hide(text: string, spans: SecretSpan[]): string {
  if (spans.length === 0) return text;
  let masked = '';
  let end = 0;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= end) continue;
    if (from >= end) masked += text.slice(end, from) + MASK;
    end = to;
  }
  return masked + text.slice(end);
}
