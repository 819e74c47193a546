import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { casesOf } from './cases-of.ts';
import { neighbours } from './neighbours.ts';
import { askOracle, oracleProgram } from './oracle.ts';

// Writes the golden files: what the Go libraries answer to the cases. `node test/oracle/neighbours/record.ts`, with Go on the PATH.
const program = await oracleProgram();
for (const neighbour of neighbours) {
  const inputs = casesOf(neighbour);
  const answers = await askOracle(program, neighbour.name, inputs);
  const lines = inputs.map((input, index) => JSON.stringify({ input, answer: answers[index] }));
  const file = fileURLToPath(new URL(`golden/${neighbour.name}.jsonl`, import.meta.url));
  writeFileSync(file, `${lines.join('\n')}\n`);
}
