/**
 * Loaded into a process before its program (`node --import`). Ends the process when its parent ends, and shifts its clock
 * by `CHAOS_CLOCK_SHIFT_MS` milliseconds.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// The channel alone must not keep the process alive.
process.channel?.unref()

const shiftMs = Number(process.env['CHAOS_CLOCK_SHIFT_MS'] ?? 0)
if (shiftMs !== 0) {
  const now = () => Reflect.apply(RealDate.now, RealDate, []) + shiftMs
  const RealDate = Date
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  Object.defineProperty(RealDate.prototype, 'constructor', { value: globalThis.Date, writable: true })
}
