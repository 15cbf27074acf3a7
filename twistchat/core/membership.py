"""One person's rooms: where they are, where they are going, and where they talk.

A move is *submitted*, and then *committed*, at its place in the log, or *taken back*. Somebody is a member from the
commit of their Joined up to that of their Left. What they may do next goes by where they will be once all that is
submitted is committed. Moves of one room alternate, so that its state is whether they are in it and the list of moves:

| state             | join      | leave     | first move committed | last move taken back |
|-------------------|-----------|-----------|----------------------|----------------------|
| out               | coming    | refused   |                      |                      |
| coming            | nothing   | come, go  | in                   | out                  |
| come, go          | ... come  | refused   | going                | coming               |
| in                | nothing   | going     |                      |                      |
| going             | go, come  | refused   | out                  | in                   |
| go, come          | nothing   | ... go    | coming               | going                |

and so on for longer lists. Whoever is gone from the chat is in no room and on the way to none.
"""

from __future__ import annotations

from twistchat.errors import NotInAnyRoom, NotInRoom

COMING, GOING = True, False


class Membership:
    """The rooms of one person, by their names."""

    def __init__(self) -> None:
        self.rooms: dict[str, None] = {}
        """Where they are, in the order of their coming."""
        self.current: str | None = None
        """Where they talk."""
        self._moves: dict[str, list[bool]] = {}

    @property
    def here(self) -> str:
        """Where they talk.

        Raises:
            NotInAnyRoom: Nowhere.
        """
        if self.current is None:
            raise NotInAnyRoom
        return self.current

    def will_be_in(self, room: str) -> bool:
        """Whether they are in a room once all that was submitted is committed."""
        moves = self._moves.get(room)
        return moves[-1] if moves else room in self.rooms

    @property
    def rooms_to_be(self) -> list[str]:
        """Where they are once all that was submitted is committed."""
        return [room for room in dict.fromkeys([*self.rooms, *self._moves]) if self.will_be_in(room)]

    def expects(self, room: str) -> bool:
        """Whether a Joined of theirs is to be committed."""
        return COMING in self._moves.get(room, ())

    # --- submitted

    def coming(self, room: str) -> None:
        """Note that their Joined is submitted, to a room where they will not be."""
        assert not self.will_be_in(room)
        self._moves.setdefault(room, []).append(COMING)

    def going(self, room: str) -> None:
        """Note that their Left is submitted, of a room where they will be."""
        assert self.will_be_in(room)
        self._moves.setdefault(room, []).append(GOING)

    # --- committed

    def arrived(self, room: str) -> None:
        """Note that their Joined is committed."""
        self._commit(room, COMING)
        self.rooms[room] = None

    def departed(self, room: str) -> None:
        """Note that their Left is committed."""
        self._commit(room, GOING)
        del self.rooms[room]

    def _commit(self, room: str, move: bool) -> None:
        moves = self._moves[room]
        assert moves[0] is move, "moves are committed in the order in which they were submitted"
        del moves[0]
        if not moves:
            del self._moves[room]

    # --- taken back

    def taken_back(self, room: str) -> None:
        """Note that the last move of a room was not stored."""
        moves = self._moves[room]
        moves.pop()
        if not moves:
            del self._moves[room]

    # --- where they talk

    def turn_to(self, room: str) -> bool:
        """Talk in a room from now on; false where they did already.

        Raises:
            NotInRoom: They will not be in it.
        """
        if not self.will_be_in(room):
            raise NotInRoom(room)
        before, self.current = self.current, room
        return before != room

    def turn_away(self, room: str) -> bool:
        """Talk elsewhere, if they talk in that room and will not be in it; true where they did."""
        if self.current != room or self.will_be_in(room):
            return False
        self.current = next(reversed(self.rooms_to_be), None)
        return True

    def clear(self) -> None:
        """Be nowhere."""
        self.rooms.clear()
        self._moves.clear()
        self.current = None
