import type { StructField } from '../../../src/gotemplate/index.ts';

/** A field of a struct by its Go type. */
export type ShapeField = Omit<StructField, 'value'> & { type: string };

/** The structs of `go/templates/shape`, field by field. */
export const shapes = {
  'shape.Meta': [
    { name: 'Name', type: 'string', json: 'name', omitEmpty: true },
    { name: 'Labels', type: 'map[string]string', json: 'labels', omitEmpty: true },
  ],
  'shape.Workload': [
    { name: 'Meta', type: 'shape.Meta', json: 'metadata', embedded: true },
    { name: 'Replicas', type: 'int32', json: 'replicas' },
    { name: 'Ratio', type: 'float64', json: 'ratio', omitEmpty: true },
    { name: 'Ready', type: 'bool', json: 'ready', omitEmpty: true },
    { name: 'Pods', type: '[]string', json: 'pods', omitEmpty: true },
    { name: 'Level', type: 'shape.Level', json: 'level', omitEmpty: true },
    { name: 'Data', type: '[]uint8', json: 'data', omitEmpty: true },
    { name: 'Anything', type: 'interface {}', json: 'anything' },
    { name: 'Owner', type: '*shape.Meta', json: 'owner', omitEmpty: true },
    { name: 'Next', type: '*shape.Workload' },
    { name: 'Skipped', type: 'string', json: '-' },
    { name: 'hidden', type: 'string', hidden: true },
  ],
} satisfies Record<string, ShapeField[]>;
