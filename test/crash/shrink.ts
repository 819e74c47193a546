import type { CrashPlan } from './crash-plan.ts';

/**
 * The smallest plan near `plan` that still fails: incidents are left out, and the rest is made plainer, for as long as that can be done.
 * @param fails runs a plan
 */
export async function shrink(
  plan: CrashPlan,
  fails: (plan: CrashPlan) => Promise<boolean>,
): Promise<CrashPlan> {
  for (const simpler of simplerThan(plan)) {
    if (await fails(simpler)) return shrink(simpler, fails);
  }
  return plan;
}

function* simplerThan(plan: CrashPlan): Generator<CrashPlan> {
  const { incidents, secondAt, ...rest } = plan;
  const second = secondAt === undefined ? {} : { secondAt };
  if (secondAt !== undefined) yield { ...rest, incidents };
  for (const [index] of incidents.entries()) {
    yield { ...rest, ...second, incidents: incidents.toSpliced(index, 1) };
  }
  if (plan.leading !== 'same-pod' && secondAt === undefined) yield { ...plan, leading: 'same-pod' };
}
