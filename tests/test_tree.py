"""The ordered walk over what a model owns."""

import numpy as np
import pytest

from ondol import Parameter, State, Variable
from ondol.tree import Tree, walk


class Node(Tree):
    def __init__(self, **parts):
        for name, part in parts.items():
            setattr(self, name, part)


def parameter(name=None):
    return Parameter(np.ones(1), name)


def names(tree, leaf=Parameter, **settings):
    return [name for name, _ in walk(tree, leaf, **settings)]


def test_order_of_definition():
    tree = Node(z=parameter(), a=parameter(), m=parameter())
    assert names(tree) == ["z", "a", "m"]


def test_setting_again_keeps_the_place():
    tree = Node(z=parameter(), a=parameter())
    tree.z = last = parameter()
    assert names(tree) == ["z", "a"]
    assert next(iter(walk(tree, Parameter)))[1] is last


def test_dotted_names_through_everything():
    tree = Node(
        first=Node(W=parameter(), b=parameter()),
        blocks=[Node(W=parameter()), (parameter(), Node(W=parameter()))],
        parts={"head": Node(W=parameter()), 7: parameter()},
    )
    assert names(tree) == [
        "first.W",
        "first.b",
        "blocks.0.W",
        "blocks.1.0",
        "blocks.1.1.W",
        "parts.head.W",
        "parts.7",
    ]


def test_the_objects_themselves():
    w, b = parameter(), parameter()
    assert [part for _, part in walk(Node(x=[w], y=b), Parameter)] == [w, b]


def test_only_the_asked_kind():
    tree = Node(w=parameter(), s=State(np.ones(1)), v=Variable(np.ones(1)), n=3, t="a")
    assert names(tree) == ["w"]
    assert names(tree, State) == ["s"]
    assert names(tree, (Parameter, State)) == ["w", "s"]
    assert names(tree, Variable) == ["w", "s", "v"]


def test_private_attributes_count_too():
    tree = Node()
    tree._hidden = parameter()
    assert names(tree) == ["_hidden"]


def test_tied_parts_come_once_under_their_first_name():
    w = parameter()
    shared = Node(W=w)
    assert names(Node(a=w, b=w, c=[w])) == ["a"]
    assert names(Node(a=shared, b=shared)) == ["a.W"]


def test_equal_arrays_are_not_tied():
    array = np.ones(1)
    assert names(Node(a=Parameter(array), b=Parameter(array))) == ["a", "b"]


def test_cycles_are_not_followed():
    child, parent = Node(W=parameter()), Node()
    parent.child = child
    child.parent = parent
    child.me = child
    parent.list = [parent, child]
    assert names(parent) == ["child.W"]
    assert names(child) == ["W"]


def test_a_list_that_holds_itself():
    loop = [parameter()]
    loop.append(loop)
    assert names(loop) == ["0"]


@pytest.mark.parametrize("tree", [[], {}, (), Node(), 3, None, "text"])
def test_nothing(tree):
    assert names(tree) == []


def test_a_prefix():
    assert names(Node(a=[parameter()]), prefix="model") == ["model.a.0"]


def test_a_list_a_dict_and_a_leaf_as_the_root():
    assert names([parameter(), parameter()]) == ["0", "1"]
    assert names({"a": parameter()}) == ["a"]
    assert [part.data for _, part in walk(parameter(), Parameter)] == [1.0]


def test_strings_and_arrays_are_not_entered():
    tree = Node(text="abc", array=np.ones(3), w=parameter())
    assert names(tree) == ["w"]


def test_leaves_are_not_entered():
    outer = Node(inner=Node(deep=Node()))
    assert names(outer, Node) == [""]
    assert [name for name, _ in walk([outer], Node)] == ["0"]


def test_a_second_walk_starts_anew():
    tree = Node(a=parameter())
    assert names(tree) == names(tree) == ["a"]
