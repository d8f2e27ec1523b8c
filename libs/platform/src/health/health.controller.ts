import { Controller, Get, Header, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../openapi/api-problem.ts';
import { Readiness } from './readiness.ts';
import type { ReadinessCheck } from './readiness-check.ts';

export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

const CHECK_TIMEOUT_MS = 2_000;
const READY = { status: 'ok', details: { database: { status: 'up', responseTime: 1 } } };
const NOT_READY = { status: 'error', details: { draining: { status: 'down', message: 'this process is stopping' } } };

@ApiTags('health')
@ApiProblems()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
    @Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[],
  ) {}

  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Is the process alive?',
    description: 'Touches nothing outside of the process. When it fails, start the process again.',
  })
  @ApiOkResponse({ schema: { type: 'object', example: { status: 'ok' } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Should the process be given requests?',
    description: 'Says of each condition whether it holds. While one does not, send requests elsewhere.',
  })
  @ApiOkResponse({ schema: { type: 'object', example: READY } })
  @ApiServiceUnavailableResponse({ schema: { type: 'object', example: NOT_READY } })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.health.check([
        () => this.checkDraining(),
        ...this.checks.map((check) => () => this.run(check)),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(error.getStatus());
      return error.getResponse() as HealthCheckResult;
    }
  }

  private checkDraining() {
    const indicator = this.indicators.check('draining');
    return this.readiness.isDraining ? indicator.down('this process is stopping') : indicator.up();
  }

  private run(condition: ReadinessCheck) {
    const attempt = this.indicators.check(condition.name).attempt(() => condition.check());
    return attempt.withTimeout(CHECK_TIMEOUT_MS);
  }
}
