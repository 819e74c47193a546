/** What a JSONPath template is made of, as k8s.io/client-go/util/jsonpath divides it. */
export type JsonPathNode =
  | ListNode
  | { kind: 'text'; text: string }
  | { kind: 'field'; name: string }
  | SliceNode
  | FilterNode
  | { kind: 'integer'; value: bigint }
  | { kind: 'float'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'wildcard' }
  | { kind: 'recursive' }
  | { kind: 'union'; members: ListNode[] }
  | { kind: 'identifier'; name: string };

/** What stands between two braces: each node takes what the one before it has found. */
export interface ListNode {
  kind: 'list';
  nodes: JsonPathNode[];
}

/** `[1]`, `[1:3]`, `[::2]`, `[*]`. */
export interface SliceNode {
  kind: 'slice';
  /** From 0; negative counts from the end. */
  start: bigint | undefined;
  /** Exclusive. */
  end: bigint | undefined;
  /** Of a single index, whose end follows from its start. */
  isSingle: boolean;
  step: bigint | undefined;
}

/** `[?(@.a == 1)]`, or `exists` of what is on the left. */
export interface FilterNode {
  kind: 'filter';
  left: ListNode;
  right: ListNode;
  operator: string;
}
