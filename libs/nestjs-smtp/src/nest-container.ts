import type { ModuleRef, NestContainer } from '@nestjs/core';

/** The one thing taken from Nest that is not public. NestMicroservice needs it, and there is no other way to it. */
export function containerOf(moduleRef: ModuleRef): NestContainer {
  return moduleRef['container'];
}
