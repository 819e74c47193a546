import type { Clock } from '../../src/kubernetes/clock.ts';
import {
  COLLECT,
  FOLLOW,
  FOLLOWED,
  NOT_STOPPED,
  PLACE,
  STOP,
  SUPERVISE,
  UNPLACE,
} from '../../src/pods/detached-scripts.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { ContainerCommand } from '../../src/sandbox/apiserver/node-agent.ts';
import type { Work } from './simulated-node.ts';

/** What the scripts of detached commands do in containers, by what their own text says: no shell runs here. */
export interface SimulatedDetached {
  /** Undefined where the command is none of the scripts. */
  exec(pod: Pod, container: string, command: ContainerCommand): Promise<{ exitCode: number }> | undefined;
  /** All that runs in its containers ends. */
  podGone(pod: Pod): void;
  /** Commands that go on, whoever follows them. */
  atWork(): Work[];
  /** Directories that were not removed, and hold something: one that is made a minute after all has ended stays, and is empty. */
  left(): string[];
}

export interface DetachedOptions {
  clock: Clock;
  /** Runs a command to its end, which comes early when the signal aborts. */
  run(
    work: { pod: Pod; container: string; command: string[] },
    how: { print: (text: string) => void; signal: AbortSignal },
  ): Promise<number>;
  failed(error: unknown): void;
}

/** As the scripts' shell sees it. */
interface Directory {
  path: string;
  pod: Pod;
  container: string;
  isLocked: boolean;
  hasPid: boolean;
  stdout: Buffer;
  exit: number | undefined;
  group: AbortController;
}

/** Milliseconds until the supervisor has written its number down, and after the command how that ended. */
const SUPERVISING = 30;
/** With what a shell ends whose reader is gone. */
const SIGPIPE = 141;

export function createSimulatedDetached(options: DetachedOptions): SimulatedDetached {
  const { clock } = options;
  const directories = new Map<string, Directory>();
  const working = new Set<Directory>();
  const keyOf = (pod: Pod, container: string, path: string) => `${pod.metadata.uid} ${container} ${path}`;
  const isThere = (directory: Directory) =>
    directories.get(keyOf(directory.pod, directory.container, directory.path)) === directory;
  const remove = ({ pod, container, path }: Directory) => directories.delete(keyOf(pod, container, path));
  const pause = (turns: number) => clock.sleep(turns < 20 ? 100 : 500);

  const place = (pod: Pod, container: string, name: string) => {
    for (let n = 0; ; n += 1) {
      const path = `/tmp/${name}.${n}`;
      const there = directories.get(keyOf(pod, container, path));
      if (there?.isLocked) continue;
      // Made by a try whose answer was lost.
      if (there) return path;
      directories.set(keyOf(pod, container, path), {
        path,
        pod,
        container,
        isLocked: false,
        hasPid: false,
        stdout: Buffer.alloc(0),
        exit: undefined,
        group: new AbortController(),
      });
      return path;
    }
  };

  const supervise = async (directory: Directory, command: string[]) => {
    const { pod, container, group } = directory;
    working.add(directory);
    await clock.sleep(SUPERVISING);
    directory.hasPid = true;
    const print = (text: string) => {
      directory.stdout = Buffer.concat([directory.stdout, Buffer.from(text)]);
    };
    const exitCode = await options.run({ pod, container, command }, { print, signal: group.signal });
    working.delete(directory);
    await clock.sleep(SUPERVISING);
    directory.exit = exitCode;
  };

  const follow = async (
    directory: Directory | undefined,
    [supervisor = '', out = '', _err = '', ...command]: string[],
    { stdout, signal }: ContainerCommand,
  ): Promise<number> => {
    if (supervisor !== SUPERVISE) throw new Error('a follower has to be given the supervisor');
    if (directory === undefined) return FOLLOWED.gone;
    if (!directory.isLocked) {
      directory.isLocked = true;
      supervise(directory, command).catch(options.failed);
    }
    let read = Number(out);
    for (let turns = 0; turns < 400; turns += 1) {
      if (!isThere(directory)) return FOLLOWED.gone;
      const hasEnded = directory.exit !== undefined;
      const text = directory.stdout.subarray(read);
      read += text.length;
      if (text.length > 0 && signal.aborted) return SIGPIPE;
      if (text.length > 0) stdout?.write(text);
      if (hasEnded) return FOLLOWED.ended;
      await pause(turns);
    }
    return FOLLOWED.again;
  };

  const stop = async (directory: Directory | undefined): Promise<number> => {
    if (directory === undefined) return 0;
    const hasBegun = directory.isLocked;
    directory.isLocked = true;
    if (hasBegun) {
      for (let turns = 0; !directory.hasPid && turns < 20; turns += 1) await pause(turns);
      // The simulated commands end on TERM: there is nothing to kill.
      if (directory.exit === undefined) directory.group.abort(new Error('TERM'));
      for (let turns = 20; directory.exit === undefined; turns += 1) {
        if (turns >= 40) return NOT_STOPPED;
        await pause(turns);
      }
    }
    remove(directory);
    return 0;
  };

  return {
    exec(pod, container, command) {
      const [program, option, text = '', , argument = '', ...rest] = command.command;
      const at = (path: string) => directories.get(keyOf(pod, container, path));
      const ended = (exitCode: number) => Promise.resolve({ exitCode });
      const answer = (line: string) => {
        command.stdout?.write(`${line}\n`);
        return ended(0);
      };
      if (program === 'rm' && option === '-rf') {
        const directory = at(text);
        if (directory) remove(directory);
        return ended(0);
      }
      if (program !== 'sh' || option !== '-c') return undefined;
      switch (text) {
        case PLACE:
          return answer(place(pod, container, argument));
        case FOLLOW:
          return follow(at(argument), rest, command).then((exitCode) => ({ exitCode }));
        case COLLECT: {
          const exit = at(argument)?.exit;
          return exit === undefined ? ended(1) : answer(String(exit));
        }
        case UNPLACE: {
          for (const directory of directories.values()) {
            const isOurs = directory.pod === pod && directory.container === container;
            if (isOurs && directory.path.startsWith(`/tmp/${argument}.`) && !directory.isLocked)
              remove(directory);
          }
          return ended(0);
        }
        case STOP:
          return stop(at(argument)).then((exitCode) => ({ exitCode }));
        default:
          return undefined;
      }
    },
    podGone({ metadata }) {
      for (const directory of new Set([...directories.values(), ...working])) {
        if (directory.pod.metadata.uid !== metadata.uid) continue;
        directory.group.abort(new Error('the container is gone'));
        remove(directory);
      }
    },
    atWork: () => [...working].map(({ pod, container, path }) => ({ pod, container, run: runOf(path) })),
    left: () =>
      [...directories.values()]
        .filter(({ isLocked }) => isLocked)
        .map(({ pod, container, path }) => `${path} in ${pod.metadata.name}/${container}`),
  };
}

/** The UID of an ActionSet is part of the name. */
function runOf(path: string): string | undefined {
  return /^\/tmp\/kanister-([0-9a-f-]{36})-/.exec(path)?.[1];
}
