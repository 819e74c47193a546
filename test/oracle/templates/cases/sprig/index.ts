import type { CaseGroup } from '../../oracle-case.ts';
import { additionCases } from './additions.ts';
import { collectionCases } from './collections.ts';
import { dateCases } from './dates.ts';
import { encodingCases } from './encodings.ts';
import { numberCases } from './numbers.ts';
import { patternCases } from './patterns.ts';
import { placeCases } from './places.ts';
import { secretCases } from './secrets.ts';
import { textCases } from './text.ts';
import { valueCases } from './values.ts';
import { versionCases } from './versions.ts';

/** sprig's functions, by the name of their golden file. */
export const sprigAreas: Record<string, readonly CaseGroup[]> = {
  'sprig-additions': additionCases,
  'sprig-collections': collectionCases,
  'sprig-dates': dateCases,
  'sprig-encodings': encodingCases,
  'sprig-numbers': numberCases,
  'sprig-patterns': patternCases,
  'sprig-places': placeCases,
  'sprig-secrets': secretCases,
  'sprig-text': textCases,
  'sprig-values': valueCases,
  'sprig-versions': versionCases,
};
