/**
 * Writes src/pods/pod-spec-types.ts from the models of @kubernetes/client-node, which are made from Kubernetes' OpenAPI document.
 * Run: node test/golden/pods/make-pod-spec-types.ts && oxfmt src/pods/pod-spec-types.ts
 */
import { writeFile } from 'node:fs/promises';
import { podSpecTypes } from './pod-spec-types-of-models.ts';

const text = `/**
 * The fields of a PodSpec and of everything in it: type → field → type of its value, in Go's notation.
 * Made by test/golden/pods/make-pod-spec-types.ts from the models of @kubernetes/client-node; not edited by hand.
 */
export const POD_SPEC_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(await podSpecTypes(), null, 2)};
`;
await writeFile(new URL('../../../src/pods/pod-spec-types.ts', import.meta.url), text);
