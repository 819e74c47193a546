/** Writes golden/: what Go makes of the cases. `node test/oracle/templates/record.ts [AREA…]`; without an area, all of them. */
import { writeFile } from 'node:fs/promises';
import { areas } from './areas.ts';
import { writeGolden } from './golden-file.ts';
import { oracleFunctionNames, startOracle } from './oracle.ts';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(areas, name));
if (unknown.length > 0)
  throw new Error(`no area ${unknown.join(', ')}; there are ${Object.keys(areas).join(', ')}`);

const oracle = await startOracle();
try {
  for (const [name, groups] of Object.entries(areas)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await writeGolden(name, groups, await oracle.ask(groups.flatMap(({ cases }) => cases)));
  }
} finally {
  await oracle.close();
}
await writeFile(
  new URL('golden/function-names.json', import.meta.url),
  `${JSON.stringify(await oracleFunctionNames(), undefined, 1)}\n`,
);
