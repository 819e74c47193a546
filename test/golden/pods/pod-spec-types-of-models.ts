interface Attribute {
  baseName: string;
  type: string;
  format: string;
}

interface Model {
  getAttributeTypeMap(): Attribute[];
}

/** Texts in the models, but Kubernetes reads them from numbers, too. */
const QUANTITIES = ['limits', 'requests', 'sizeLimit', 'divisor'];

/** What `src/pods/pod-spec-types.ts` must hold: types → fields → the type of their value, as the library's models say. */
export async function podSpecTypes(): Promise<Record<string, Record<string, string>>> {
  const models: Record<string, unknown> = await import('@kubernetes/client-node');
  const types: Record<string, Record<string, string>> = {};
  const pending = ['V1PodSpec'];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const model = models[name];
    if (!isModel(model)) throw new Error(`no model ${name}`);
    if (types[goName(name)]) continue;
    const fields: [string, string][] = model.getAttributeTypeMap().map((attribute) => {
      const inner = elementOf(attribute.type);
      if (isModel(models[inner])) pending.push(inner);
      const type = goType(attribute);
      const quantity = QUANTITIES.includes(attribute.baseName);
      return [attribute.baseName, quantity ? type.replace(/string$/, 'Quantity') : type];
    });
    types[goName(name)] = Object.fromEntries(fields);
  }
  return types;
}

function isModel(model: unknown): model is Model {
  return typeof model === 'function' && 'getAttributeTypeMap' in model;
}

function elementOf(type: string): string {
  return /^Array<(.*)>$/.exec(type)?.[1] ?? /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1] ?? type;
}

function goType({ type, format }: Attribute): string {
  const element = /^Array<(.*)>$/.exec(type)?.[1];
  if (element !== undefined) return `[]${goType({ baseName: '', type: element, format })}`;
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) return `map[string]${goType({ baseName: '', type: value, format })}`;
  if (type === 'number') return format === 'double' ? 'float64' : format || 'int64';
  if (type === 'boolean') return 'bool';
  if (type === 'Date' || type === 'V1MicroTime') return 'time';
  return goName(type);
}

function goName(type: string): string {
  return type.replace(/^(?:Core)?V1/, '');
}
