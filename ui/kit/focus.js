// Where the focus goes after a change that shows something new, or takes away what had it.

// What is shown with a transition comes some frames after the change.
const MOST_FRAMES = 10;

/** Focus what `find` returns, as soon as it can be focused. $nextTick is too early: x-show shows and hides with frames. */
export function focusOn(find, options) {
  let frames = 0;
  const attempt = () => {
    const element = find();
    element?.focus(options);
    if ((!element || document.activeElement !== element) && frames++ < MOST_FRAMES) requestAnimationFrame(attempt);
  };
  // Alpine brings the page up to date in a microtask; x-show shows in the frame after it, and hides by the next.
  queueMicrotask(() => requestAnimationFrame(() => requestAnimationFrame(attempt)));
}
