import type { Artifact } from '../api/kanister/types.ts';
import { actionSetOf, type ActionRun } from './action-run.ts';
import { explain } from './explain.ts';
import { Abandoned } from './gate.ts';
import { Failure, messageOf } from './failure.ts';
import { emptyPhase, readCredentials, readPhaseObjects, type Parameters } from './parameters.ts';
import { randomnessOf } from './randomness.ts';
import type { Renderer } from './render.ts';
import { failureStatus, failureText, postFailure, postOnActionSet } from './report.ts';
import { patiently } from './retry.ts';
import { postEnded } from './phase-outcome.ts';
import type { PhasePlan } from './phase-plan.ts';
import { removeLeftovers, runPhase } from './run-phase.ts';
import { readTargetObject } from './target-object.ts';

/**
 * Runs one action of an ActionSet to its end: its phases in order, the deferPhase in any case, then the artifacts.
 * @returns whether all of it succeeded
 * @throws {Abandoned} when this process may not go on
 */
export async function runAction(action: ActionRun): Promise<boolean> {
  const launched = await launch(action);
  if (launched === undefined) return false;
  const { parameters, phases, deferPhase } = launched;
  let succeeded = await runPhases(action, phases, parameters);
  if (deferPhase) succeeded = (await runDeferPhase(action, deferPhase, parameters)) && succeeded;
  if (action.journal.cleanup.length > 0) await settle(action);
  if (!succeeded) return false;
  return renderArtifacts(action, parameters);
}

interface Launched {
  parameters: Parameters;
  phases: PhasePlan[];
  deferPhase: PhasePlan | undefined;
}

/** Makes everything ready that can fail before the first phase: parameters, functions, the references of phase objects. */
async function launch(action: ActionRun): Promise<Launched | undefined> {
  const { run, status } = action;
  postOnActionSet(run, `${action.index}:${status.name}:started`, {
    type: 'Normal',
    reason: 'Started Action',
    message: `Executing action ${status.name}`,
  });
  try {
    const parameters = await patiently(() => readParameters(action), run.engine.clock, run.stop);
    const renderer = launchRenderer(action, parameters);
    const phases = (action.blueprint.phases ?? []).map((phase, index): PhasePlan => {
      const own = status.phases[index];
      if (own === undefined) throw new Error(`phase ${phase.name} has no place in the status`);
      return planPhase(action, renderer, phase, own, index);
    });
    const { deferPhase } = action.blueprint;
    return {
      parameters,
      phases,
      deferPhase: deferPhase ? planPhase(action, renderer, deferPhase, status.deferPhase, -1) : undefined,
    };
  } catch (error) {
    if (error instanceof Abandoned || run.stop.aborted) throw new Abandoned(messageOf(error));
    failLaunch(action, explain(error));
    return undefined;
  }
}

async function readParameters({ run, spec, journal }: ActionRun): Promise<Parameters> {
  const { client } = run.engine;
  const credentials = await readCredentials(client, spec);
  for (const secret of Object.values(credentials.secrets)) run.mask.addSecret(secret);
  if (credentials.profile) run.mask.addProfile(credentials.profile);
  return {
    ...credentials,
    action: spec,
    time: journal.pins.time,
    // pins: only a Secret is read again, because it may not be stored.
    object: journal.pins.object ?? (await readTargetObject(client, spec.object)),
    subject: journal.pins.subject,
    phases: {},
    deferPhase: emptyPhase(),
  };
}

function launchRenderer({ run, index, journal }: ActionRun, parameters: Parameters): Renderer {
  const identity = [actionSetOf(run).metadata.uid ?? '', String(index), 'launch'];
  return run.engine.renderer(parameters, {
    now: new Date(journal.pins.time),
    random: randomnessOf(run.engine.randomness, ...identity),
  });
}

function planPhase(
  { run, spec }: ActionRun,
  renderer: Renderer,
  phase: PhasePlan['phase'],
  status: PhasePlan['status'],
  index: number,
): PhasePlan {
  return {
    phase,
    index,
    status,
    definition: run.engine.registry.select(phase.func, spec.preferredVersion),
    objects: renderer.references(phase.objects ?? {}),
  };
}

/** The first phase carries the failure, as in the original; the text is the bare one, because the event names the ActionSet. */
function failLaunch(action: ActionRun, failure: Failure): void {
  const { run, status, spec, index } = action;
  const text = failureText(run, failure, `action ${spec.name}`);
  const first = status.phases.find((phase) => phase.state !== 'complete');
  if (first) {
    first.state = 'failed';
    first.failure = failureStatus(run, failure);
  }
  run.store.status.error = { message: text };
  delete run.store.status.progress.runningPhase;
  const name = actionSetOf(run).metadata.name;
  run.log.error({ Action: spec.name, error: text, reason: failure.reason }, 'Failed to launch Action');
  postFailure(action, `${index}:${status.name}:launch`, `Failed to launch Action ${name}:`, text);
}

async function runPhases(action: ActionRun, phases: PhasePlan[], parameters: Parameters): Promise<boolean> {
  const { run } = action;
  for (const plan of phases) {
    if (plan.status.state === 'failed') {
      await settle(action);
      return false;
    }
    if (plan.status.state === 'complete') {
      await restorePhase(action, plan, parameters);
      continue;
    }
    // In flight may also be the deferPhase, in a run that was cancelled between two phases: it stays so.
    if (run.cancel.aborted && action.journal.phase?.index !== plan.index) {
      reportCancelled(action);
      return false;
    }
    const succeeded = await runPhase(action, plan, parameters);
    if (!succeeded || (action.journal.cleanup.length > 0 && plan !== phases.at(-1))) await settle(action);
    if (!succeeded) return false;
  }
  return true;
}

/** result first: what a phase made goes only after its outcome is stored. */
async function settle(action: ActionRun): Promise<void> {
  await action.run.store.commit();
  await removeLeftovers(action);
}

/** A phase that an earlier process finished: its output stands in the status, its objects are fetched again. */
async function restorePhase(action: ActionRun, plan: PhasePlan, parameters: Parameters): Promise<void> {
  const { engine, stop } = action.run;
  const phase = await patiently(() => readPhaseObjects(engine.client, plan.objects), engine.clock, stop);
  for (const secret of Object.values(phase.secrets)) action.run.mask.addSecret(secret);
  phase.output = plan.status.output;
  parameters.phases[plan.phase.name] = phase;
  // Its process may have ended between storing the outcome and telling it.
  postEnded(action, plan);
}

async function runDeferPhase(action: ActionRun, plan: PhasePlan, parameters: Parameters): Promise<boolean> {
  if (plan.status.state === 'complete') {
    parameters.deferPhase = { ...parameters.deferPhase, output: plan.status.output };
    return true;
  }
  if (plan.status.state === 'failed') return false;
  return runPhase(action, plan, parameters);
}

/** Cancelled between two phases: the next one never begins. */
function reportCancelled(action: ActionRun): void {
  const { run, spec, status, index } = action;
  const reason: unknown = run.cancel.reason;
  const failure =
    reason instanceof Failure ? reason : new Failure('Cancelled', 'Cancelled: the action was cancelled');
  const text = failureText(run, failure, `action ${spec.name}`);
  run.store.status.error = { message: text };
  postFailure(action, `${index}:${status.name}:cancelled`, 'Failed to execute phase:', text);
}

/** Replaces the templates in the action's artifacts by what they render to. */
function renderArtifacts(action: ActionRun, parameters: Parameters): boolean {
  const { run, status, spec, index } = action;
  if (status.artifacts === undefined) return true;
  const templates = status.artifacts;
  try {
    const renderer = launchRenderer(action, parameters);
    const rendered: Record<string, Artifact> = {};
    for (const [name, artifact] of Object.entries(templates)) {
      rendered[name] = renderer.artifact(name, artifact);
    }
    status.artifacts = rendered;
    if (run.store.fits()) return true;
    status.artifacts = templates;
    throw new Failure(
      'ArtifactsTooLarge',
      `the artifacts of action ${spec.name} do not fit into the ActionSet`,
      {
        hint: 'Keep artifacts small: put data into an object store and keep where it is.',
      },
    );
  } catch (error) {
    const failure = explain(error);
    const text = failureText(run, failure, `action ${spec.name}, output artifacts`);
    run.store.status.error = { message: text };
    postFailure(action, `${index}:${status.name}:artifacts`, 'Failed to render output artifacts', text);
    return false;
  }
}
