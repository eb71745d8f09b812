/// Whether something holds once within many attempts: for what a busy machine may disturb, but not twenty seconds long.
package func eventually(_ attempt: () throws -> Bool) rethrows -> Bool {
  let end = ContinuousClock.now + .seconds(20)
  repeat {
    if try attempt() { return true }
  } while ContinuousClock.now < end
  return false
}
