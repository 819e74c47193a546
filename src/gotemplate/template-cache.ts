import { compileTemplate } from './template.ts';
import type { Template, TemplateOptions } from './template.ts';

export interface TemplateCacheOptions extends TemplateOptions {
  /** Characters of text whose templates are kept; those that came first go first. Default: 4 million. */
  maximumLength?: number;
}

/**
 * Compiles each text once, as long as it stays in the cache. What templates render with may differ from one execution to the next: see
 * {@link Template.execute}.
 * @returns a function that throws {@link TemplateError} for a text that does not parse; these are not kept.
 */
export function templateCache(options: TemplateCacheOptions = {}): (text: string) => Template {
  const { maximumLength = 4_000_000, ...rest } = options;
  const templates = new Map<string, Template>();
  let length = 0;

  return (text) => {
    const known = templates.get(text);
    if (known !== undefined) return known;
    const template = compileTemplate(text, rest);
    for (const oldest of templates.keys()) {
      if (length + text.length <= maximumLength) break;
      templates.delete(oldest);
      length -= oldest.length;
    }
    templates.set(text, template);
    length += text.length;
    return template;
  };
}
