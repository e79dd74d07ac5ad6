import type { OnModuleDestroy } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

type Hook = (...args: unknown[]) => unknown;

/** What is to happen when. */
export interface Lifecycle {
  /** The last bootstrap hook of the application has run. */
  started(): Promise<void>;
  /** The application is about to stop: resolves when it may. */
  stopping(): Promise<void>;
}

/**
 * Runs `started` after the last bootstrap hook of an application, and `stopping` before its first destroy hook, whoever
 * stops it. Nest has no events for these moments, so the hooks that stand there are extended.
 */
export function hookLifecycle(modules: ModulesContainer, adapter: object | null | undefined, on: Lifecycle): void {
  const root = rootOf(modules);
  after(root.instance, 'onApplicationBootstrap', () => on.started());
  // An HTTP application stops taking requests here, before anything is destroyed.
  if (adapter) after(adapter, 'beforeClose', () => on.stopping());
  // In any other one, and on a signal, the root module and what it provides are destroyed first. Values and what
  // factories gave may belong to several applications, so they are left alone.
  before(root.instance, 'onModuleDestroy', () => on.stopping());
  for (const { instance, isNotMetatype } of [...root.providers.values(), ...root.controllers.values()]) {
    if (isNotMetatype || instance === root.instance || !hasDestroyHook(instance)) continue;
    before(instance, 'onModuleDestroy', () => on.stopping());
  }
}

/** The one with the smallest distance: Nest runs its bootstrap hook last and destroys it first. */
function rootOf(modules: ModulesContainer) {
  return [...modules.values()].sort((a, b) => b.distance - a.distance).at(-1)!;
}

function hasDestroyHook(instance: unknown): instance is OnModuleDestroy {
  return typeof (instance as Partial<OnModuleDestroy> | null)?.onModuleDestroy === 'function';
}

function after(target: object, name: string, added: () => Promise<void>): void {
  const hooks = target as Record<string, Hook | undefined>;
  const original = hooks[name];
  hooks[name] = async (...args) => {
    await original?.apply(target, args);
    await added();
  };
}

function before(target: object, name: string, added: () => Promise<void>): void {
  const hooks = target as Record<string, Hook | undefined>;
  const original = hooks[name];
  hooks[name] = async (...args) => {
    await added();
    return original?.apply(target, args);
  };
}
