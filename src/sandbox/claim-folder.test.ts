import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from './claim-folder.ts';
import { startSandbox } from './sandbox.ts';

describe.runIf(process.platform === 'linux')('the folder of a sandbox', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'claim-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('belongs to one sandbox at a time, by whatever path it is named', async () => {
    const claim = await claimFolder(folder);
    symlinkSync(folder, `${folder}/link`);
    await expect(claimFolder(`${folder}/link`)).rejects.toThrow(/^another sandbox uses the folder/);
    await claim.release();
    await (await claimFolder(folder)).release();
  });

  it('is left as it is by a sandbox that may not have it', async () => {
    const claim = await claimFolder(folder);
    mkdirSync(join(folder, 'volumes'));
    writeFileSync(join(folder, 'volumes', 'data'), 'of the other');
    await expect(startSandbox({ folder, node: false, objectStore: false })).rejects.toThrow(
      `another sandbox uses the folder ${folder}`,
    );
    expect(readFileSync(join(folder, 'volumes', 'data'), 'utf8')).toBe('of the other');
    await claim.release();
    const sandbox = await startSandbox({ folder, node: false, objectStore: false });
    await sandbox.stop();
    await (await claimFolder(folder)).release();
  });

  it('keeps what is kept in it from a sandbox that would remove it', async () => {
    const kept = await startSandbox({ folder, node: false, objectStore: false, persist: true });
    await kept.stop();
    await expect(startSandbox({ folder, node: false, objectStore: false })).rejects.toThrow(
      `${folder} holds a sandbox that is kept: start it with persist, or take another folder`,
    );
    const again = await startSandbox({ folder, node: false, objectStore: false, persist: true });
    expect({ url: again.url, kubeconfig: again.kubeconfigText }).toEqual({
      url: kept.url,
      kubeconfig: kept.kubeconfigText,
    });
    await again.stop();
  });
});
