import { nil, sprigFunctions, type SprigOptions } from '../../gotemplate/index.ts';
import { compileTemplate } from '../../gotemplate/template.ts';
import { compileConditionPaths, type ConditionPaths } from '../jsonpath/condition-paths.ts';
import { contrastingValues, PLACE_OF_A_PATH } from './contrasting-values.ts';
import { objectCondition, verdictOfReading, type ObjectCondition, type Verdict } from './object-condition.ts';

/**
 * A condition of Kanister's Wait: a template in which JSONPaths (`{ $.status.phase }`) are replaced by what they find in the object, as
 * text, and which then prints `true`. It has the functions of sprig and no data, so that it must be parsed again for each object.
 */
export function compileJsonPathCondition(condition: string, options: SprigOptions): ObjectCondition {
  const functions = sprigFunctions(options);
  const compile = (text: string) => compileTemplate(text, { functions, missingKey: 'zero' });
  return objectCondition(() => {
    const paths = compileConditionPaths(condition);
    if (paths.count === 0) {
      const template = compile(condition);
      return { readings: [() => template.execute(nil)] };
    }
    const print = (text: string) => compile(text).execute(nil);
    return {
      readings: [(object) => print(paths.fill(object))],
      vacuity: () =>
        holdsForAll(paths, (values) => verdictOfReading(() => print(paths.fillWith(values)), nil))
          ? HOLDS_FOR_ALL
          : undefined,
    };
  });
}

/** How many combinations of values are tried at most: where there are more, nothing is said. */
const MOST_COMBINATIONS = 2_000;

const HOLDS_FOR_ALL =
  'true for whatever its paths find, `false` as well; compare what they find, as in eq "{ $.status.ready }" "true", or ne "{ $.status.address }" "" where any text will do';

/** Whether a condition holds with all values that it can be evaluated with. One that asks for nothing of a path holds with all of them. */
function holdsForAll(paths: ConditionPaths, verdictFor: (values: string[]) => Verdict): boolean {
  const surroundings = paths.fillWith(Array<string>(paths.count).fill(PLACE_OF_A_PATH));
  const values = contrastingValues(surroundings);
  const combinations = values.length ** paths.count;
  if (combinations > MOST_COMBINATIONS) return false;
  let held = 0;
  for (let index = 0; index < combinations; index += 1) {
    const verdict = verdictFor(combination(index, values, paths.count));
    if (verdict.holds) held += 1;
    else if ('printed' in verdict) return false;
  }
  return held > 0;
}

/** The digits of a number, each one of the values. */
function combination(index: number, values: string[], length: number): string[] {
  return Array.from({ length }, (_, place) => {
    const digit = Math.floor(index / values.length ** place) % values.length;
    return values[digit] ?? '';
  });
}
