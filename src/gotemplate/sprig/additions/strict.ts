import { define, FunctionError } from '../../function.ts';
import type { FunctionMap, TemplateFunction } from '../../function.ts';
import { bool } from '../../value.ts';
import { valueFunctions } from '../defaults.ts';
import { dictFunctions } from '../dicts.ts';
import { compileExpression, InvalidExpression } from '../expression.ts';
import { listFunctions } from '../lists.ts';
import { pathFunctions } from '../paths.ts';
import { regexFunctions } from '../regex.ts';

/** Names with `must` in front, which fail where the others of 2.22.0 fail as well. */
const sameFailures = [
  'Append',
  'Push',
  'Prepend',
  'First',
  'Rest',
  'Last',
  'Initial',
  'Reverse',
  'Uniq',
  'Without',
  'Has',
  'Slice',
  'Compact',
  'Merge',
  'MergeOverwrite',
  'DeepCopy',
];

/** Other names of the same functions: paths of the operating system, which is Linux. */
const systemPaths = ['Base', 'Dir', 'Clean', 'Ext', 'IsAbs'];

const regularExpressions = ['Find', 'FindAll', 'ReplaceAll', 'ReplaceAllLiteral', 'Split'];

/** The functions that say what is wrong, where those of 2.22.0 fail in other words or give an empty result. */
export const strictAdditions: FunctionMap = {
  ...Object.fromEntries(sameFailures.map((name) => [`must${name}`, original(lowerFirst(name))])),
  ...Object.fromEntries(systemPaths.map((name) => [`os${name}`, original(lowerFirst(name))])),
  ...Object.fromEntries(
    regularExpressions.map((name) => [`mustRegex${name}`, explaining(original(`regex${name}`))]),
  ),
  mustRegexMatch: define(['string', 'string'], (expression, text) =>
    bool(checked(expression).pattern.matcher(text.toWellFormed()).find()),
  ),
};

function original(name: string): TemplateFunction {
  const maps = [listFunctions, dictFunctions, valueFunctions, pathFunctions, regexFunctions];
  const found = maps.find((functions) => Object.hasOwn(functions, name))?.[name];
  if (found === undefined) throw new Error(`sprig 2.22.0 has no ${name}`);
  return found;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Fails for a bad expression as Go's regexp.Compile does, without the frame of MustCompile. */
function explaining(fn: TemplateFunction): TemplateFunction {
  return {
    ...fn,
    call(args, firstText, spend) {
      const [expression] = args;
      if (expression?.kind === 'string') checked(expression.value);
      return fn.call(args, firstText, spend);
    },
  };
}

function checked(expression: string) {
  try {
    return compileExpression(expression);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    throw new FunctionError(error.message, { cause: error });
  }
}
