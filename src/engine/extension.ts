/** What a module that brings Kanister functions of its own needs: the package's subpath `./function`. */
export { any, boolean, integer, object, string, stringList, stringMap } from './arguments.ts';
export { environmentVariable, inheritedVariable } from './environment-appliers.ts';
export { Failure } from './failure.ts';
export { defineFunction } from './function.ts';
export type {
  FunctionContext,
  FunctionDefinition,
  Intent,
  Step,
  StepOptions,
  TemporaryObject,
  UndoContext,
} from './function.ts';
export type { CredentialInjector, InjectorContext, NewContainer, NewPod, PodApplier } from './pod-doors.ts';
