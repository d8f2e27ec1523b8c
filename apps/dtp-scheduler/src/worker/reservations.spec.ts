import { Reservations } from './reservations.ts';

describe('Reservations', () => {
  test('count what is promised, and tell when the last has ended', async () => {
    const reservations = new Reservations();
    const [endFirst, endSecond] = [reservations.open(2), reservations.open(3)];
    let isSettled = false;
    void reservations.settled().then(() => {
      isSettled = true;
    });
    endFirst();
    await Promise.resolve();
    expect([reservations.promised, reservations.isIdle, isSettled]).toEqual([3, false, false]);
    endSecond();
    await reservations.settled();
    expect([reservations.promised, reservations.isIdle]).toEqual([0, true]);
  });

  test('stay closed for one reason when another is gone', () => {
    const reservations = new Reservations();
    reservations.close('isolation');
    reservations.close('audit');
    reservations.reopen('audit');
    expect(reservations.isClosed).toBe(true);
    reservations.reopen('isolation');
    expect(reservations.isClosed).toBe(false);
  });
});
