// A classic script, so that it runs before the first paint: the theme that was
// chosen on this device last. "system" follows the system.
(() => {
  const set = (theme) => {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  let theme = 'system';
  try {
    theme = localStorage.getItem('quillium.theme') ?? theme;
  } catch {
    // Storage may be forbidden; the system's theme will do.
  }
  set(theme);
  window.quilliumTheme = set;
})();
