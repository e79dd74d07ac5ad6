import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** Liveness and readiness. Needs `MessageStore` from a global module. */
@Module({ controllers: [HealthController], providers: [Readiness] })
export class HealthModule {}
