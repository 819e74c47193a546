import { elapsed } from './elapsed.ts';
import { fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import type { ApiObject, PrinterColumn } from './resource-definition.ts';

/** Ways to make the columns of a table. */

export function column(name: string, cell: PrinterColumn['cell']): PrinterColumn {
  return { name, type: 'string', priority: 0, cell };
}

/** Shown by `-o wide` only. */
export function wide(name: string, cell: PrinterColumn['cell']): PrinterColumn {
  return { ...column(name, cell), priority: 1 };
}

export function count(name: string, ...path: string[]): PrinterColumn {
  return { ...column(name, (object) => numberAt(object, ...path)), type: 'integer' };
}

export function flag(name: string, field: string, otherwise: boolean): PrinterColumn {
  return { ...column(name, (object) => valueAt(object, 'spec', field) ?? otherwise), type: 'boolean' };
}

export function age(): PrinterColumn {
  return column('Age', (object, now) => elapsed(object.metadata.creationTimestamp ?? '', now));
}

export function createdAt(): PrinterColumn {
  return { ...column('Created At', (object) => object.metadata.creationTimestamp), type: 'date' };
}

export function text(...path: string[]): (object: ApiObject) => string {
  return (object) => textOf(valueAt(object, ...path));
}

export function orNone(...path: string[]): PrinterColumn['cell'] {
  return (object) => text(...path)(object) || '<none>';
}

export function numberAt(object: ApiObject, ...path: string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : 0;
}

export const size = (map: unknown): number => Object.keys(fieldsOf(map)).length;

export const names = (items: unknown, field: string): string =>
  listOf(items)
    .map((item) => textOf(fieldsOf(item)[field]))
    .join(',');
