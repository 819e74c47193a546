import { nil, sprigFunctions, type SprigOptions } from '../../gotemplate/index.ts';
import { compileTemplate } from '../../gotemplate/template.ts';
import { compileConditionPaths } from '../jsonpath/condition-paths.ts';
import { objectCondition, type ObjectCondition } from './object-condition.ts';

/**
 * A condition of Kanister's Wait: a template in which JSONPaths (`{ $.status.phase }`) are replaced by what they find in the object, as
 * text, and which then prints `true`. It has the functions of sprig and no data, so that it must be parsed again for each object.
 */
export function compileJsonPathCondition(condition: string, options: SprigOptions): ObjectCondition {
  const functions = sprigFunctions(options);
  const compile = (text: string) => compileTemplate(text, { functions, missingKey: 'zero' });
  return objectCondition(() => {
    const paths = compileConditionPaths(condition);
    if (paths.areAbsent) {
      const template = compile(condition);
      return [() => template.execute(nil)];
    }
    return [(object) => compile(paths.fill(object)).execute(nil)];
  });
}
