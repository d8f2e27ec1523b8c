/** The id of this plane's database, for whoever must not mistake it for another. */
export class InstanceId {
  constructor(readonly id: string) {}
}
