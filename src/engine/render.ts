import {
  sprigFunctions,
  templateCache,
  TemplateError,
  type FunctionMap,
  type Template,
  type Value,
} from '../gotemplate/index.ts';
import type { Artifact, ObjectReference } from '../api/kanister/types.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';
import type { Parameters } from './parameters.ts';
import { templateData } from './template-data.ts';

export interface RenderOptions {
  /** What `now` says: a phase that is rendered again after a restart must see the same time. */
  now: Date;
  /** Where `randAlphaNum`, `uuidv4` and their like draw from. */
  random(length: number): Uint8Array;
}

/** Renders the templates of an action. */
export interface Renderer {
  /** Every text in the arguments, keys of maps included, names of arguments excluded; with `only`, just those arguments. */
  arguments(args: JsonObject, only?: readonly string[]): JsonObject;
  /** One text; `where` names its place for people. */
  text(template: string, where: string): string;
  references(objects: Record<string, ObjectReference>): Record<string, ObjectReference>;
  /** Values are rendered, keys are not. */
  artifact(name: string, artifact: Artifact): Artifact;
}

/**
 * Templates that were rendered are kept compiled, for as long as what this returns is. All methods of its renderers throw {Failure}
 * `TemplateError`, which says where in which argument, with Go's text.
 */
export function createRendererFactory(): RendererFactory {
  const compiled = templateCache({ functions: sprigFunctions(OF_NO_PHASE), missingKey: 'error' });
  return (parameters, options) => createRenderer(compiled, parameters, options);
}

/** Renders with the parameters as they are at the call. */
export type RendererFactory = (parameters: Parameters, options: RenderOptions) => Renderer;

/** A template is compiled with the names of functions alone: each phase brings its own. */
const OF_NO_PHASE = {
  now: (): Date => {
    throw new Error('a template was rendered without the time of its phase');
  },
  random: (): Uint8Array => {
    throw new Error('a template was rendered without the randomness of its phase');
  },
};

function createRenderer(
  compiled: (text: string) => Template,
  parameters: Parameters,
  { now, random }: RenderOptions,
): Renderer {
  // Hundreds of them, and many phases have nothing to render.
  let functions: FunctionMap | undefined;
  const data = templateData(parameters);
  const render = (text: string, where: string) => {
    try {
      // What has no action in it renders to itself.
      if (!text.includes('{{')) return text;
      functions ??= sprigFunctions({ now: () => now, random });
      return renderText(text, where, compiled, data, functions);
    } catch (error) {
      throw mentionNoPods(mentionSkipped(error, text, parameters), text, parameters);
    }
  };

  const value = (json: Json, where: string): Json => {
    if (typeof json === 'string') return render(json, where);
    if (Array.isArray(json)) return json.map((item, index) => value(item, `${where}[${index}]`));
    if (json === null || typeof json !== 'object') return json;
    return Object.fromEntries(
      Object.entries(json).map(([key, item]) => [render(key, where), value(item, `${where}.${key}`)]),
    );
  };

  return {
    text: render,
    arguments(args, only) {
      return Object.fromEntries(
        Object.entries(args).map(([name, argument]) => [
          name,
          only === undefined || only.includes(name) ? value(argument, name) : argument,
        ]),
      );
    },
    references(objects) {
      return Object.fromEntries(
        Object.entries(objects).map(([key, reference]) => {
          try {
            return [key, value(reference as JsonObject, `objects.${key}`) as ObjectReference];
          } catch (error) {
            throw Failure.wrap(`could not render object reference {${key}}`, error);
          }
        }),
      );
    },
    artifact(name, { keyValue, kopiaSnapshot }) {
      const where = `outputArtifacts.${name}`;
      return {
        ...(keyValue ? { keyValue: value(keyValue, where) as Record<string, string> } : {}),
        ...(kopiaSnapshot ? { kopiaSnapshot: render(kopiaSnapshot, where) } : {}),
      };
    },
  };
}

/** A phase that was skipped has no outputs, and whoever refers to one should not have to search for the reason. */
function mentionSkipped(error: unknown, text: string, { phases }: Parameters): unknown {
  if (!(error instanceof Failure)) return error;
  const skipped = Object.entries(phases).find(
    ([name, phase]) => phase.skipped && new RegExp(`\\bPhases\\b.*${RegExp.escape(name)}`, 's').test(text),
  );
  if (skipped === undefined) return error;
  const [name] = skipped;
  return new Failure(error.reason, error.message, {
    ...error.details,
    hint: `Phase "${name}" was skipped, because its condition did not hold, and has no outputs: give what refers to it the same condition. ${error.details.hint ?? ''}`.trimEnd(),
  });
}

/** Of a workload without running pods there is no first one; the bare error tells of an index only. */
function mentionNoPods(error: unknown, text: string, { subject }: Parameters): unknown {
  if (!(error instanceof Failure) || !error.message.includes('index out of range')) return error;
  if (subject === undefined || subject.pods.length > 0 || !/\b(?:Pods|Containers)\b/.test(text)) return error;
  const { kind, namespace, name } = subject;
  return new Failure(error.reason, error.message, {
    ...error.details,
    hint: `${kind} ${namespace}/${name} had no running pods when the action began: scale it up first. ${error.details.hint ?? ''}`.trimEnd(),
  });
}

function renderText(
  text: string,
  where: string,
  compiled: (text: string) => Template,
  data: Value,
  functions: FunctionMap,
): string {
  try {
    const rendered = compiled(text).execute(data, functions);
    // Bytes that are no UTF-8 can't stand in JSON; Go replaces them when it writes the object.
    return rendered.toWellFormed();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (error.cause instanceof Failure) throw error.cause;
    const { line, column = 0, missingKey } = error;
    const message =
      missingKey === undefined ? error.message : `Failed to render template: "${missingKey}" not found`;
    throw new Failure('TemplateError', message, {
      argument: where,
      template: { line, column },
      cause: error,
      hint: [
        `See ${where}, line ${line}${error.context === undefined ? '' : `, at {{ ${error.context} }}`}.`,
        error.hint,
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    });
  }
}
