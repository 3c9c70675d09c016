package realtime

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"iter"
)

// Block is one or more envelopes, a line each, encoded and framed once.
// However many clients are sent a block, they share its bytes, which nobody
// may change.
type Block struct {
	frame []byte
	head  int
}

// Frame is the block as one text frame of a server (RFC 6455, section 5.2).
func (b Block) Frame() []byte { return b.frame }

// Text is the block's lines, without the last one's line break.
func (b Block) Text() []byte { return b.frame[b.head:] }

// Lines are the block's envelopes, one by one.
func (b Block) Lines() iter.Seq[[]byte] { return bytes.SplitSeq(b.Text(), lineBreak()) }

func lineBreak() []byte { return []byte{'\n'} }

// Join makes one block of several, in their order; of one it is that one.
func Join(blocks ...Block) Block {
	if len(blocks) == 1 {
		return blocks[0]
	}
	size := len(blocks) - 1
	for _, b := range blocks {
		size += len(b.Text())
	}
	frame := newFrame(size)
	head := len(frame)
	for i, b := range blocks {
		if i > 0 {
			frame = append(frame, '\n')
		}
		frame = append(frame, b.Text()...)
	}
	return Block{frame: frame, head: head}
}

const (
	// maxHead is the longest head of a frame.
	maxHead = 10
	// finalText begins a text frame that is not continued.
	finalText = 0x81
	// wide and wider say that 2 or 8 bytes of length follow.
	wide, wider = 126, 127
)

// newFrame has the head of a frame of so many bytes, and room for them.
func newFrame(size int) []byte {
	frame := make([]byte, 1, maxHead+size)
	frame[0] = finalText
	switch {
	case size < wide:
		return append(frame, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(frame, wide), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(frame, wider), uint64(size))
	}
}

// Encode makes the block of one envelope. What we send is made of our own
// nouns, all of which have an encoding.
func Encode(e Envelope) Block {
	line := encode(e)
	frame := newFrame(len(line))
	return Block{frame: append(frame, line...), head: len(frame)}
}

// encode makes one line of a value.
func encode(value any) []byte {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(line.Bytes(), lineBreak())
}
