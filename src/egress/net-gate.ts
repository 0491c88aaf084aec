import { isIP } from "node:net";
import { notCapableMessage } from "#contract/egress.ts";
import { matchesNetRule, type NetRule, type NetTarget, parseNetRule } from "#contract/net-rule.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import { isNeverAllowed, specialRangeOf } from "./special-range.ts";

/**
 * What a manifest lets out.
 *
 * 1. Absent is denied, deny beats allow.
 * 2. A name must be allowed by a rule of names, a literal address by a rule of addresses.
 * 3. Every address behind an allowed name is looked at again: a deny rule of addresses holds for it, and one in a
 *    special range (`specialRangeOf`) needs a rule that names that very address or its block; metadata services and
 *    the machine's own link stay refused (`isNeverAllowed`).
 */
export interface NetGate {
  /** Undefined where the target itself is allowed. */
  refuseTarget(target: NetTarget): NetRefusal | undefined;
  /** Undefined where a connection may be made to each of the addresses behind the target. */
  refuseAddresses(target: NetTarget, addresses: readonly string[]): NetRefusal | undefined;
}

export interface NetRefusal {
  /** For the operator's audit. */
  reason: string;
  /** For the author: names no address that the author did not name. */
  message: string;
  address?: string;
}

const gates = new WeakMap<PermissionManifest, NetGate>();

/** The gate of a manifest. Manifests are immutable, so that a gate is built once for each. */
export function netGateOf(permissions: PermissionManifest): NetGate {
  const known = gates.get(permissions);
  if (known !== undefined) return known;
  const gate = createNetGate(permissions);
  gates.set(permissions, gate);
  return gate;
}

/** `host:port`, as rules and audit spell it. */
export function spell({ host, port }: NetTarget): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function createNetGate(permissions: PermissionManifest): NetGate {
  const allowed = permissions.net?.allow ?? [];
  // "Anything" names no address, so that special ranges stay refused under it.
  const allow = allowed === true ? [] : allowed.map(parseNetRule);
  const deny = (permissions.net?.deny ?? []).map(parseNetRule);
  const find = (rules: NetRule[], target: NetTarget) => rules.find((rule) => matchesNetRule(rule, target));

  const refuseAddress = (target: NetTarget, address: string): NetRefusal | undefined => {
    const behind = { host: address, port: target.port };
    const denied = find(deny, behind);
    if (denied !== undefined) {
      return { reason: `denied by rule ${denied.text}`, message: notCapableMessage(spell(target)), address };
    }
    if (isNeverAllowed(address)) {
      return {
        reason: "address of a metadata service or of the machine's own link",
        message: `${notCapableMessage(spell(target))}: it leads to a metadata service or the machine's own link, which no rule allows`,
        address,
      };
    }
    const range = specialRangeOf(address);
    if (range === undefined || find(allow, behind) !== undefined) return undefined;
    return {
      reason: `${range} address that no rule names`,
      message: `${notCapableMessage(spell(target))}: it leads to a ${range} address, which only a rule with that address or its CIDR block allows`,
      address,
    };
  };

  return {
    refuseTarget(target) {
      const denied = find(deny, target);
      if (denied === undefined && (allowed === true || find(allow, target) !== undefined)) return undefined;
      const reason = denied === undefined ? "no rule allows it" : `denied by rule ${denied.text}`;
      return { reason, message: notCapableMessage(spell(target)) };
    },
    refuseAddresses(target, addresses) {
      for (const address of addresses) {
        const refusal = refuseAddress(target, address);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    },
  };
}
