// Assigns to names, to attributes of namespaces, and to several targets by unpacking.

import { raise } from '../errors.ts';
import type { AssignmentTarget } from '../parse/syntax-tree.ts';
import { itemsOf } from '../values/iterate.ts';
import { Namespace, typeName, Undefined, type Value } from '../values/values.ts';
import type { Frame } from './frame.ts';

export function assign(target: AssignmentTarget, value: Value, frame: Frame): void {
  if (target.kind === 'name') frame.set(target.name, value);
  else if (target.kind === 'targets') unpack(target.items, value, frame);
  else {
    const object = frame.get(target.object);
    if (object instanceof Undefined) object.raise();
    if (!(object instanceof Namespace))
      raise('TypeError', `attributes can only be set on a namespace, not on a ${typeName(object)}`);
    object.attributes.set(target.name, value);
  }
}

function unpack(targets: readonly AssignmentTarget[], value: Value, frame: Frame): void {
  const items = itemsOf(value, frame.state);
  if (items.length !== targets.length)
    raise('ValueError', `${items.length} items cannot be unpacked into ${targets.length} variables`);
  for (const [index, target] of targets.entries()) assign(target, items[index] ?? null, frame);
}
