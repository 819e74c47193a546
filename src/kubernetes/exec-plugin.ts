import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Clock } from './clock.ts';
import type { CredentialSource, RequestCredentials } from './credentials.ts';
import type { Json } from './objects.ts';

/** `users[].user.exec` of a kubeconfig. */
export interface ExecPlugin {
  apiVersion: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

/** What a plug-in is told about the cluster, where it asks for it: client.authentication.k8s.io's `Cluster`. */
export type PluginCluster = Record<string, Json>;

export interface ExecPluginOptions {
  plugin: ExecPlugin;
  cluster: PluginCluster;
  /** The environment that the plug-in's own variables are added to. */
  env: Record<string, string | undefined>;
  /** Relative commands with a slash are found from here: the kubeconfig's folder. */
  directory: string;
  /** Whether somebody is there to answer a question. */
  interactive: boolean;
  clock: Clock;
}

/**
 * Credentials from a program (client.authentication.k8s.io): run once for all requests that wait for it, again when what it gave has
 * expired or was refused.
 */
export function execPlugin(options: ExecPluginOptions): CredentialSource {
  let known: { credentials: RequestCredentials; expires: number } | undefined;
  let running: Promise<RequestCredentials> | undefined;

  function renew(): Promise<RequestCredentials> {
    running ??= runPlugin(options)
      .then((output) => {
        known = readCredential(output, options.plugin);
        return known.credentials;
      })
      .finally(() => (running = undefined));
    return running;
  }

  return {
    current: (signal) => {
      const isFresh = known !== undefined && options.clock.now().getTime() < known.expires - EXPIRY_MARGIN;
      return isFresh && known ? Promise.resolve(known.credentials) : abandonable(renew(), signal);
    },
    refused: async (credentials, signal) => {
      if (known?.credentials === credentials) await abandonable(renew(), signal);
      return true;
    },
  };
}

/** Time for the request to arrive. */
const EXPIRY_MARGIN = 5_000;
/** Somebody may have to log in, in a browser, meanwhile. */
const PLUGIN_TIMEOUT = 10 * 60_000;
const MAX_OUTPUT = 1024 * 1024;

async function runPlugin({
  plugin,
  cluster,
  env,
  directory,
  interactive,
  clock,
}: ExecPluginOptions): Promise<string> {
  const mode = plugin.interactiveMode ?? 'IfAvailable';
  if (mode === 'Always' && !interactive) {
    throw new Error(
      `the credential plug-in ${plugin.command} needs a terminal (interactiveMode: Always), and there is none`,
    );
  }
  const withTerminal = interactive && mode !== 'Never';
  const request = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: withTerminal, ...(plugin.provideClusterInfo && { cluster }) },
  };
  const command = /[/\\]/.test(plugin.command) ? path.resolve(directory, plugin.command) : plugin.command;
  const timer = new AbortController();
  try {
    return await new Promise<string>((resolve, reject) => {
      const child = spawn(command, plugin.args ?? [], {
        // Its questions and its errors are for the person at the terminal.
        stdio: [withTerminal ? 'inherit' : 'ignore', 'pipe', 'inherit'],
        env: {
          ...env,
          ...Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value])),
          KUBERNETES_EXEC_INFO: JSON.stringify(request),
        },
      });
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.length > MAX_OUTPUT) child.kill('SIGKILL');
      });
      child.once('error', (error) => reject(notStarted(plugin, error)));
      child.once('close', (code, signal) => {
        if (code === 0) return resolve(output);
        const end = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
        reject(new Error(`getting credentials: the plug-in ${plugin.command} ${end}`));
      });
      clock.sleep(PLUGIN_TIMEOUT, timer.signal).then(
        () => child.kill('SIGKILL'),
        () => undefined, // it has ended
      );
    });
  } finally {
    timer.abort();
  }
}

function notStarted({ command, installHint }: ExecPlugin, error: NodeJS.ErrnoException): Error {
  const fault = error.code === 'ENOENT' ? 'was not found' : `could not be started: ${error.message}`;
  const hint = installHint ? `\n${installHint.trim()}` : '; install it, or use another kubeconfig context';
  return new Error(`getting credentials: the plug-in ${command} ${fault}${hint}`, { cause: error });
}

interface ExecCredential {
  apiVersion?: string;
  kind?: string;
  status?: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
}

/** Nothing of the output appears in an error: it holds the credential. */
function readCredential(
  output: string,
  { command, apiVersion }: ExecPlugin,
): { credentials: RequestCredentials; expires: number } {
  const { kind, apiVersion: answered, status } = parseCredential(output, command);
  if (kind !== 'ExecCredential' || answered !== apiVersion) {
    throw new Error(
      `getting credentials: the plug-in ${command} must answer with an ExecCredential of ${apiVersion}`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status ?? {};
  if (!token && !(clientCertificateData && clientKeyData)) {
    throw new Error(
      `getting credentials: the plug-in ${command} gave neither a token nor a client certificate with its key`,
    );
  }
  return {
    credentials: {
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(clientCertificateData && { clientCertificate: clientCertificateData }),
      ...(clientKeyData && { clientKey: clientKeyData }),
    },
    expires: expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity,
  };
}

function parseCredential(output: string, command: string): ExecCredential {
  try {
    const credential: ExecCredential | null = JSON.parse(output);
    return credential ?? {};
  } catch {
    throw new Error(`getting credentials: the plug-in ${command} printed something that is not JSON`);
  }
}

/** Others may wait for the same work: an abort ends the wait, not the work. */
async function abandonable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
