import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Readiness } from './readiness.js';

/** For orchestrators and load balancers; needs no token and tells nothing but the state. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Whether the process serves at all. */
  @Get('live')
  @HttpCode(200)
  live() {
    return { status: 'ok', ...this.workers() };
  }

  /** Whether a message sent now could be kept. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response) {
    const reason = await this.readiness.obstacle();
    if (reason === undefined) return { status: 'ok', ...this.workers() };
    response.status(503);
    return { status: 'unavailable', reason, ...this.workers() };
  }

  private workers() {
    const { workers } = this.readiness;
    return workers === undefined ? {} : { workers };
  }
}
