import { isAlias, isCollection, isPair, type ParsedNode } from 'yaml';

/** For each alias, the node that it stands for. One without an anchor before it is absent. */
export type AliasTargets = ReadonlyMap<ParsedNode, ParsedNode>;

/** Resolves aliases as YAML does: an anchor holds from where it stands until it is set anew. */
export function aliasTargets(root: ParsedNode): AliasTargets {
  const anchors = new Map<string, ParsedNode>();
  const targets = new Map<ParsedNode, ParsedNode>();
  const visit = (node: ParsedNode | null): void => {
    if (node === null) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
      return;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!isCollection(node)) return;
    for (const item of node.items as unknown[]) {
      for (const part of isPair(item) ? [item.key, item.value] : [item]) visit(part as ParsedNode);
    }
  };
  visit(root);
  return targets;
}
