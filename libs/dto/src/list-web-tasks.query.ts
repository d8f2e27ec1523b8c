import { PageQuery } from './page.query.ts';

/** Query parameters of TaskPilot's `GET /api/tasks`. */
export class ListWebTasksQuery extends PageQuery {}
