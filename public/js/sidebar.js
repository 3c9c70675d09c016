// The sidebar: a column where there is room, a drawer on a narrow screen.

import { $ } from './dom.js';

const narrow = matchMedia('(max-width: 760px)');

export class Sidebar {
  constructor() {
    this.isOpen = false;
    $('open-sidebar').addEventListener('click', () => this.show(true));
    $('scrim').addEventListener('click', () => this.show(false));
    narrow.addEventListener('change', () => this.show(false));
    this.show(false);
  }

  /** show opens or closes the drawer; on a wide screen there is none. */
  show(open) {
    const was = this.isOpen;
    this.isOpen = open && narrow.matches;
    $('shell').classList.toggle('sidebar-open', this.isOpen);
    $('scrim').hidden = !this.isOpen;
    $('sidebar').inert = narrow.matches && !this.isOpen;
    $('main').inert = this.isOpen;
    $('open-sidebar').setAttribute('aria-expanded', String(this.isOpen));
    if (this.isOpen) $('new-chat').focus();
    else if (was) $('open-sidebar').focus();
    return was;
  }
}
