import manifest from '../../package.json' with { type: 'json' };

/** What `--version` prints, in the original's form. */
export function versionText(program: string): string {
  return `${program} version {"version": "${manifest.version}", "gitCommit": "NONE", "buildDate": "UNKNOWN"}`;
}
