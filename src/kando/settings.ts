/** Everything that kando reads from its environment. */
export interface KandoSettings {
  /** A Profile as JSON, so that its credentials stand in no command line; empty when unset. */
  profile: string;
}

export function readSettings(environment: Readonly<Record<string, string | undefined>>): KandoSettings {
  return { profile: environment['KANDO_PROFILE'] ?? '' };
}
