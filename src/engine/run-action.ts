import type { Artifact } from '../api/kanister/types.ts';
import { actionTimeout } from '../api/kanister/phase-options.ts';
import { actionSetOf, type ActionRun } from './action-run.ts';
import { actionRenderer } from './action-renderer.ts';
import { abortAfter } from './abort-after.ts';
import { failureOf, lastMomentOf } from './end-of-phase.ts';
import { enterError } from './enter-error.ts';
import { explain } from './explain.ts';
import { failLaunch } from './fail-launch.ts';
import { Abandoned, abandonedBy } from './gate.ts';
import { Failure } from './failure.ts';
import { endAction } from './observed.ts';
import { emptyPhase, readCredentials, readPhaseObjects, type Parameters } from './parameters.ts';
import { nanoseconds, readPins } from './pin-action.ts';
import type { Renderer } from './render.ts';
import { failureText, postActionStarted, postFailure } from './report.ts';
import { patiently } from './retry.ts';
import { postEnded, postStarted } from './phase-outcome.ts';
import type { PhasePlan } from './phase-plan.ts';
import { DEFAULT_VERSION, isVersion } from './registry.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { runPhase } from './run-phase.ts';
import { stopOutside } from './stop-outside.ts';
import { isSecret, readTargetObject } from './target-object.ts';
import { undoPhases } from './undo-phases.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

/**
 * Runs one action of an ActionSet to its end: its phases in order, the deferPhase in any case, then the artifacts.
 * @returns whether all of it succeeded
 * @throws {Abandoned} when this process may not go on
 */
export async function runAction(action: ActionRun): Promise<boolean> {
  const { outcome } = action.journal;
  if (outcome !== undefined) {
    // Its process may have ended before all was undone.
    if (outcome === 'failed') await undoPhases(action);
    return outcome === 'complete';
  }
  const launched = await launch(action);
  if (launched === undefined) {
    if (action.journal.cleanup.length > 0) await settle(action);
    await undoPhases(action);
    return false;
  }
  const { parameters, phases, deferPhase } = launched;
  const failure = await runPhases(action, phases, parameters);
  if (failure !== undefined) await undoPhases(action);
  const deferFailure = deferPhase && (await runDeferPhase(action, deferPhase, parameters));
  if (action.journal.cleanup.length > 0) await settle(action);
  const reason = failure ?? deferFailure ?? renderArtifacts(action, parameters);
  // Not so what the deferPhase of a failed action has put right.
  if (failure === undefined ? reason !== undefined : deferFailure !== undefined) await undoPhases(action);
  delete action.journal.undo;
  endAction(action, reason === undefined ? { outcome: 'complete' } : { outcome: 'failed', reason });
  return reason === undefined;
}

/** It is not run, because actions that it needs have failed. */
export function failForNeeds(action: ActionRun, needed: number[]): void {
  const { run, spec, index, status, journal } = action;
  if (journal.outcome !== undefined) return;
  const { actions } = run.store.journal;
  const failed = needed.filter((other) => actions[other]?.outcome !== 'complete');
  const names = failed.map((other) => run.store.status.actions[other]?.name ?? '');
  const failure = new Failure(
    'NeedsFailed',
    `action ${spec.name} was not run: ${names.join(', ')}, which it needs, did not succeed`,
    {
      hint: `Mend what failed, then go on with a new ActionSet that has spec.continueFrom: ${actionSetOf(run).metadata.name}.`,
    },
  );
  const text = failureText(run, failure, `action ${spec.name}`);
  if (run.store.status.error.message === '') enterError(run, failure, text);
  postFailure(
    action,
    `${index}:${status.name}:needs`,
    `Failed to launch Action ${actionSetOf(run).metadata.name}:`,
    text,
  );
  endAction(action, { outcome: 'failed', reason: failure.reason });
}

interface Launched {
  parameters: Parameters;
  phases: PhasePlan[];
  deferPhase: PhasePlan | undefined;
}

/** Makes everything ready that can fail before the first phase: parameters, functions, the references of phase objects. */
async function launch(action: ActionRun): Promise<Launched | undefined> {
  const { run, status } = action;
  const { clock } = run.engine;
  postActionStarted(action);
  try {
    if (action.journal.waiting) await patiently(() => pinAfterNeeds(action), clock, run.stop);
    const parameters = await patiently(() => readParameters(action), clock, run.stop);
    const renderer = actionRenderer(action, parameters, 'launch');
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
    if (error instanceof Abandoned || run.stop.aborted) throw abandonedBy(error);
    const { phase } = action.journal;
    const failure = explain(error);
    failLaunch(action, phase ? await stopOutside(action, phase, failure) : failure);
    return undefined;
  }
}

/** pins: what the actions before may have changed, or made; their artifacts are inputs of this one. */
async function pinAfterNeeds({ run, journal }: ActionRun): Promise<void> {
  const { pins, needs = [] } = journal;
  const { client, clock } = run.engine;
  const made = needs.map((index) => run.store.status.actions[index]?.artifacts ?? {});
  Object.assign(pins, await readPins(client, pins.spec.object));
  const artifacts: Record<string, Artifact> = Object.assign({}, ...made, pins.spec.artifacts);
  if (Object.keys(artifacts).length > 0) pins.spec.artifacts = artifacts;
  pins.time = nanoseconds(clock.now());
  delete journal.waiting;
}

async function readParameters({ run, spec, journal, status }: ActionRun): Promise<Parameters> {
  const { client } = run.engine;
  const hasBegun = status.phases.some(({ state }) => state !== 'pending');
  const credentials = await readCredentials(client, spec, hasBegun);
  for (const secret of Object.values(credentials.secrets)) run.mask.addSecret(secret);
  if (credentials.profile) run.mask.addProfile(credentials.profile);
  // pins: only a Secret is read again, because it may not be stored.
  const object = journal.pins.object ?? (await readTargetObject(client, spec.object));
  if (isSecret(spec.object)) run.mask.addSecret(object);
  return {
    ...credentials,
    action: spec,
    time: journal.pins.time,
    object,
    subject: journal.pins.subject,
    phases: {},
    deferPhase: emptyPhase(),
  };
}

function planPhase(
  { run, spec }: ActionRun,
  renderer: Renderer,
  phase: PhasePlan['phase'],
  status: PhasePlan['status'],
  index: number,
): PhasePlan {
  const { preferredVersion } = spec;
  const definition = run.engine.registry.select(phase.func, preferredVersion);
  if (!isVersion(definition, preferredVersion)) {
    const versions = {
      PreferredVersion: preferredVersion,
      FallbackVersion: definition.version ?? DEFAULT_VERSION,
    };
    run.log.info({ Function: phase.func, ...versions }, 'Falling back to default version of the function');
  }
  return {
    phase,
    index,
    status,
    definition,
    objects: renderer.references(phase.objects ?? {}),
  };
}

/** The reason of the failure that ended them, where one did. */
async function runPhases(
  action: ActionRun,
  phases: PhasePlan[],
  parameters: Parameters,
): Promise<string | undefined> {
  const { run, journal } = action;
  const over = new AbortController();
  const deadline = deadlineOf(action, over.signal);
  try {
    for (const plan of phases) {
      if (plan.status.state === 'failed') {
        retell(action, plan);
        await settle(action);
        return plan.status.failure?.reason ?? 'Failed';
      }
      if (plan.status.state === 'complete') {
        await restorePhase(action, plan, parameters);
        continue;
      }
      if (journal.phasesOver) return 'OutcomeUnknown';
      // In flight may also be the deferPhase, in a run that was cancelled between two phases: it stays so.
      if ((run.cancel.aborted || deadline.aborted) && journal.phase?.index !== plan.index) {
        return failBetweenPhases(action, run.cancel.aborted ? run.cancel : deadline);
      }
      const failure = await runPhase(action, plan, parameters, AbortSignal.any([run.cancel, deadline]));
      const hasMore = plan !== phases.at(-1);
      if (failure !== undefined || (journal.cleanup.length > 0 && hasMore)) await settle(action);
      if (failure !== undefined) return failure;
    }
    return undefined;
  } finally {
    over.abort(WORK_ENDED);
  }
}

/** Aborted when the time for all phases of the action is up, counted from its start, whoever ran it since. */
function deadlineOf({ run, spec, blueprint, journal }: ActionRun, over: AbortSignal): AbortSignal {
  const timeout = actionTimeout(spec, blueprint);
  if (timeout === undefined) return new AbortController().signal;
  const given = spec.timeout ?? blueprint.timeout ?? '';
  const failure = new Failure('ActionTimeout', `action ${spec.name} did not end within its ${given}`, {
    hint: 'Give the action a longer timeout, or find out what took so long.',
  });
  return abortAfter(run.engine.clock, { since: journal.pins.time, timeout }, failure, over);
}

/** result first: what a phase made goes only after its outcome is stored. */
async function settle(action: ActionRun): Promise<void> {
  await action.run.store.commit();
  await removeLeftovers(action);
}

/** A phase that an earlier process finished: its output stands in the status, its objects are fetched again. */
async function restorePhase(action: ActionRun, plan: PhasePlan, parameters: Parameters): Promise<void> {
  if (action.journal.skipped?.includes(plan.index)) {
    parameters.phases[plan.phase.name] = { ...emptyPhase(), skipped: true };
    return;
  }
  const { engine, stop } = action.run;
  const phase = await patiently(
    () => readPhaseObjects(engine.client, plan.objects, true),
    engine.clock,
    stop,
  );
  for (const secret of Object.values(phase.secrets)) action.run.mask.addSecret(secret);
  phase.output = plan.status.output;
  parameters.phases[plan.phase.name] = phase;
  retell(action, plan);
}

/** The process in which a phase ended may have ended itself before it had told of it. */
function retell(action: ActionRun, plan: PhasePlan): void {
  // What another operator ran it has told itself.
  if (action.journal.phasesOver && plan.index !== -1) return;
  postStarted(action, plan);
  if (plan.status.state === 'complete') postEnded(action, plan);
}

/** The reason of its failure, where it failed. */
async function runDeferPhase(
  action: ActionRun,
  plan: PhasePlan,
  parameters: Parameters,
): Promise<string | undefined> {
  const { status, phase } = plan;
  if (status.state === 'complete') {
    parameters.deferPhase = { ...parameters.deferPhase, output: status.output };
    retell(action, plan);
    return undefined;
  }
  if (status.state === 'failed') {
    retell(action, plan);
    return status.failure?.reason ?? 'Failed';
  }
  // Nothing was begun that it could put right.
  const hasPhases = action.status.phases.length > 0;
  const begun = action.status.phases.some(({ state }) => state !== 'pending') || action.journal.phase;
  if (hasPhases && !begun && action.run.cancel.aborted) {
    action.run.log.info({ Phase: phase.name }, 'cancelled before its first phase: no deferPhase is needed');
    return undefined;
  }
  const over = new AbortController();
  try {
    return await runPhase(action, plan, parameters, lastMomentOf(action.run, over.signal));
  } finally {
    over.abort(WORK_ENDED);
  }
}

/** Cancelled, or out of time, between two phases: the next one never begins. */
function failBetweenPhases(action: ActionRun, ended: AbortSignal): string {
  const { run, spec, status, index } = action;
  const failure = failureOf(ended);
  const text = failureText(run, failure, `action ${spec.name}`);
  enterError(run, failure, text);
  postFailure(action, `${index}:${status.name}:cancelled`, 'Failed to execute phase:', text);
  return failure.reason;
}

/** Replaces the templates in the action's artifacts by what they render to. The reason of a failure. */
function renderArtifacts(action: ActionRun, parameters: Parameters): string | undefined {
  const { run, status, spec, index } = action;
  if (status.artifacts === undefined) return undefined;
  const templates = status.artifacts;
  try {
    const renderer = actionRenderer(action, parameters, 'launch');
    const rendered: Record<string, Artifact> = {};
    for (const [name, artifact] of Object.entries(templates)) {
      rendered[name] = renderer.artifact(name, artifact);
    }
    status.artifacts = rendered;
    if (run.store.fits()) return undefined;
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
    enterError(run, failure, text);
    postFailure(action, `${index}:${status.name}:artifacts`, 'Failed to render output artifacts', text);
    return failure.reason;
  }
}
