/*
 * codec/nbfx_int.h -- record types and what their payload is, for the files of
 * the codec itself.
 *
 * Purpose:   one table of MC-NBFX 2.2, for reading, writing and showing.
 * Touches:   codec/nbfx.h.
 */
#ifndef CODEC_NBFX_INT_H
#define CODEC_NBFX_INT_H

#include "codec/nbfx.h"

enum nbfx_record {
	REC_END = 0x01,
	REC_COMMENT = 0x02,
	REC_ARRAY = 0x03,
	REC_ATTR = 0x04,  /* 04..07: short, prefix, dictionary, both */
	REC_XMLNS = 0x08, /* 08..0b: in the same order */
	REC_ATTR_DICT_A = 0x0c,
	REC_ATTR_A = 0x26,
	REC_ATTR_LAST = 0x3f,
	REC_ELEMENT = 0x40, /* 40..43: in the same order */
	REC_ELEMENT_DICT_A = 0x44,
	REC_ELEMENT_A = 0x5e,
	REC_ELEMENT_LAST = 0x77,

	TEXT_ZERO = 0x80,
	TEXT_ONE = 0x82,
	TEXT_FALSE = 0x84,
	TEXT_TRUE = 0x86,
	TEXT_INT8 = 0x88,
	TEXT_INT16 = 0x8a,
	TEXT_INT32 = 0x8c,
	TEXT_INT64 = 0x8e,
	TEXT_FLOAT = 0x90,
	TEXT_DOUBLE = 0x92,
	TEXT_DECIMAL = 0x94,
	TEXT_DATETIME = 0x96,
	TEXT_CHARS8 = 0x98,
	TEXT_CHARS16 = 0x9a,
	TEXT_CHARS32 = 0x9c,
	TEXT_BYTES8 = 0x9e,
	TEXT_BYTES16 = 0xa0,
	TEXT_BYTES32 = 0xa2,
	TEXT_LIST = 0xa4,
	TEXT_LIST_END = 0xa6,
	TEXT_EMPTY = 0xa8,
	TEXT_DICT = 0xaa,
	TEXT_UNIQUE_ID = 0xac,
	TEXT_TIMESPAN = 0xae,
	TEXT_UUID = 0xb0,
	TEXT_UINT64 = 0xb2,
	TEXT_BOOL = 0xb4,
	TEXT_UNICODE8 = 0xb6,
	TEXT_UNICODE16 = 0xb8,
	TEXT_UNICODE32 = 0xba,
	TEXT_QNAME = 0xbc,
};

enum nbfx_payload {
	PAYLOAD_NONE = 0, /* no such text record */
	PAYLOAD_FIXED,    /* size octets */
	PAYLOAD_SIZED,    /* a length of size octets, and as many octets */
	PAYLOAD_LIST,
	PAYLOAD_DICT,
	PAYLOAD_QNAME,
};

struct nbfx_text_form {
	enum nbfx_payload payload;
	unsigned char size;
};

/* Of an even record. */
static inline struct nbfx_text_form
nbfx_text_form(unsigned record)
{
	switch (record) {
	case TEXT_ZERO:
	case TEXT_ONE:
	case TEXT_FALSE:
	case TEXT_TRUE:
	case TEXT_EMPTY:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 0};
	case TEXT_INT8:
	case TEXT_BOOL:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 1};
	case TEXT_INT16:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 2};
	case TEXT_INT32:
	case TEXT_FLOAT:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 4};
	case TEXT_INT64:
	case TEXT_DOUBLE:
	case TEXT_DATETIME:
	case TEXT_TIMESPAN:
	case TEXT_UINT64:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 8};
	case TEXT_DECIMAL:
	case TEXT_UNIQUE_ID:
	case TEXT_UUID:
		return (struct nbfx_text_form){PAYLOAD_FIXED, 16};
	case TEXT_CHARS8:
	case TEXT_BYTES8:
	case TEXT_UNICODE8:
		return (struct nbfx_text_form){PAYLOAD_SIZED, 1};
	case TEXT_CHARS16:
	case TEXT_BYTES16:
	case TEXT_UNICODE16:
		return (struct nbfx_text_form){PAYLOAD_SIZED, 2};
	case TEXT_CHARS32:
	case TEXT_BYTES32:
	case TEXT_UNICODE32:
		return (struct nbfx_text_form){PAYLOAD_SIZED, 4};
	case TEXT_LIST:
		return (struct nbfx_text_form){PAYLOAD_LIST, 0};
	case TEXT_DICT:
		return (struct nbfx_text_form){PAYLOAD_DICT, 0};
	case TEXT_QNAME:
		return (struct nbfx_text_form){PAYLOAD_QNAME, 0};
	default:
		return (struct nbfx_text_form){PAYLOAD_NONE, 0};
	}
}

static inline bool
nbfx_is_unicode(unsigned record)
{
	return record == TEXT_UNICODE8 || record == TEXT_UNICODE16 ||
	       record == TEXT_UNICODE32;
}

static inline bool
nbfx_is_chars(unsigned record)
{
	return record == TEXT_CHARS8 || record == TEXT_CHARS16 ||
	       record == TEXT_CHARS32;
}

/* How the name of an element or attribute is told. */
enum nbfx_naming {
	NAMING_LOCAL = 0,
	NAMING_PREFIX = 1, /* the prefix in full */
	NAMING_DICT = 2,   /* a bit: the name is of the dictionary */
	NAMING_LETTER = 4, /* a bit: the prefix is a letter of the record */
};

/* Of a record from first (the short form) on; letters from dict_a and a on. */
static inline unsigned
nbfx_naming(unsigned record, unsigned first, unsigned dict_a, unsigned a)
{
	if (record < first + 4)
		return record - first;
	if (record >= dict_a && record < dict_a + 26)
		return NAMING_LETTER | NAMING_DICT;
	return record >= a ? NAMING_LETTER : 0;
}

static inline unsigned
nbfx_element_naming(unsigned record)
{
	return nbfx_naming(
	    record, REC_ELEMENT, REC_ELEMENT_DICT_A, REC_ELEMENT_A);
}

static inline unsigned
nbfx_attr_naming(unsigned record)
{
	if (record >= REC_XMLNS && record < REC_XMLNS + 4)
		return record - REC_XMLNS;
	return nbfx_naming(record, REC_ATTR, REC_ATTR_DICT_A, REC_ATTR_A);
}

#endif /* CODEC_NBFX_INT_H */
