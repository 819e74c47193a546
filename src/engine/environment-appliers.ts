import type { NewContainer, PodApplier } from './pod-doors.ts';

/** Sets an environment variable in all containers of functions' pods, or in those of one name. */
export function environmentVariable(variable: {
  name: string;
  value: string;
  container?: string;
}): PodApplier {
  const { name, value, container } = variable;
  const set = (each: NewContainer): NewContainer =>
    container !== undefined && each.name !== container
      ? each
      : { ...each, env: [...(each.env ?? []).filter((other) => other.name !== name), { name, value }] };
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(set),
      ...(pod.spec.initContainers && { initContainers: pod.spec.initContainers.map(set) }),
    },
  });
}

/** Hands a variable of the operator's own environment on, where it is set there. */
export function inheritedVariable(inherited: {
  name: string;
  environment: Readonly<Record<string, string | undefined>>;
  container?: string;
}): PodApplier {
  const { name, environment, container } = inherited;
  const value = environment[name];
  if (value === undefined) return (pod) => pod;
  return environmentVariable({ name, value, ...(container !== undefined && { container }) });
}
