"""csexport.py -- the XML form of a connector space, as an old server wrote it.

  write(path, [Object(dn, type, {attribute: value or [values]}, ...)])

Values: str, bytes, Ref(dn).  Written by hand from docs/engine/formats.md, not by
our own writer.
"""
import base64
from xml.sax.saxutils import escape, quoteattr


class Ref(str):
    pass


class Object:
    def __init__(self, dn, kind, attrs, linked=True, delete=False, will=None):
        self.dn, self.kind, self.attrs = dn, kind, attrs
        self.linked, self.delete, self.will = linked, delete, will


def value(v):
    if isinstance(v, Ref):
        return '<dn-value><dn>%s</dn></dn-value>' % escape(v)
    if isinstance(v, bytes):
        return '<value encoding="base64">%s</value>' % base64.b64encode(v).decode()
    return '<value>%s</value>' % escape(v)


def attributes(attrs):
    out = []
    for name, values in attrs.items():
        many = isinstance(values, list)
        values = values if many else [values]
        if not values:
            continue
        tag = 'dn-attr' if isinstance(values[0], Ref) else 'attr'
        out.append('<%s name=%s type="string" multivalued="%s">%s</%s>' % (
            tag, quoteattr(name), 'true' if many else 'false', ''.join(map(value, values)), tag))
    return ''.join(out)


def hologram(tag, o, attrs):
    return '<%s><entry dn=%s>%s</entry></%s>' % (tag, quoteattr(o.dn), attributes(attrs), tag)


def one(o):
    out = '<cs-object cs-dn=%s id="{00000000-0000-0000-0000-000000000001}" object-type=%s>' % (
        quoteattr(o.dn), quoteattr(o.kind))
    out += hologram('synchronized-hologram', o, o.attrs)
    if o.delete:
        out += '<unapplied-export><delta operation="delete" dn=%s/></unapplied-export>' % quoteattr(o.dn)
    if o.will is not None:
        out += '<unapplied-export><delta operation="update" dn=%s/></unapplied-export>' % quoteattr(o.dn)
        out += hologram('unapplied-export-hologram', o, o.will)
    return out + '<connector>%d</connector><connector-state>normal</connector-state></cs-object>' % o.linked


def write(path, objects):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('<?xml version="1.0" encoding="UTF-8"?>\n<cs-objects>\n')
        f.writelines(one(o) + '\n' for o in objects)
        f.write('</cs-objects>\n')
    return path
