/** This picture cannot be looked at, however often it is tried: its event is set aside. */
export class Unfit extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Unfit';
  }
}
