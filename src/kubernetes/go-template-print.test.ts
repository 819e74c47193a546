import { describe, expect, it } from 'vitest';
import { compileGoTemplatePrinter } from './go-template-print.ts';

const deployment = {
  kind: 'Deployment',
  spec: { replicas: 3 },
  status: { availableReplicas: 3 },
  data: { key: 'c2VjcmV0' },
};

describe('a template of kubectl', () => {
  it('compares numbers of an object as whole numbers', () => {
    const condition =
      '{{ if and (eq .spec.replicas .status.availableReplicas) (eq .spec.replicas 3) }}true{{ end }}';
    expect(compileGoTemplatePrinter(condition).print(deployment)).toBe('true');
  });

  it('has exists and base64decode, and nothing of sprig', () => {
    const print = (template: string) => compileGoTemplatePrinter(template).print(deployment);
    expect(print('{{ exists . "spec" "replicas" }} {{ exists . "spec" "paused" }}')).toBe('true false');
    expect(print('{{ base64decode .data.key }}')).toBe('secret');
    expect(() => print('{{ upper .kind }}')).toThrow('template: output:1: function "upper" not defined');
  });

  it('prints <no value> for what is missing, unless that is not allowed', () => {
    expect(compileGoTemplatePrinter('{{ .spec.paused }}').print(deployment)).toBe('<no value>');
    const strict = compileGoTemplatePrinter('{{ .spec.paused }}', { allowMissingKeys: false });
    expect(() => strict.print(deployment)).toThrow('map has no entry for key "paused"');
  });

  it('shows the template in its errors, and nothing of the object', () => {
    const printer = compileGoTemplatePrinter('{{ index .data 1 }}');
    expect(() => printer.print(deployment)).toThrow(
      'error executing template "{{ index .data 1 }}": template: output:1:3',
    );
    expect(() => printer.print(deployment)).not.toThrow('c2VjcmV0');
  });
});
