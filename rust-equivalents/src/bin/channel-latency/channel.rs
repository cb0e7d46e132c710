//! One face for the bounded channels that block their thread.

/// A kind of channel.
pub trait Channel {
    /// The sending end.
    type Sender<T: Send + 'static>: Send + Clone + 'static;
    /// The receiving end.
    type Receiver<T: Send + 'static>: Send + 'static;

    /// A channel with room for `buffer` values; 0 makes sender and receiver meet.
    fn bounded<T: Send + 'static>(buffer: usize) -> (Self::Sender<T>, Self::Receiver<T>);
    /// Sends; `false` once nobody receives any more.
    fn send<T: Send + 'static>(to: &Self::Sender<T>, value: T) -> bool;
    /// Receives; `None` once nobody sends any more.
    fn receive<T: Send + 'static>(from: &Self::Receiver<T>) -> Option<T>;
}

/// `std::sync::mpsc`.
pub struct Std;
/// `crossbeam_channel`.
pub struct Crossbeam;
/// `flume`.
pub struct Flume;

impl Channel for Std {
    type Sender<T: Send + 'static> = std::sync::mpsc::SyncSender<T>;
    type Receiver<T: Send + 'static> = std::sync::mpsc::Receiver<T>;

    fn bounded<T: Send + 'static>(buffer: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        std::sync::mpsc::sync_channel(buffer)
    }

    fn send<T: Send + 'static>(to: &Self::Sender<T>, value: T) -> bool {
        to.send(value).is_ok()
    }

    fn receive<T: Send + 'static>(from: &Self::Receiver<T>) -> Option<T> {
        from.recv().ok()
    }
}

impl Channel for Crossbeam {
    type Sender<T: Send + 'static> = crossbeam_channel::Sender<T>;
    type Receiver<T: Send + 'static> = crossbeam_channel::Receiver<T>;

    fn bounded<T: Send + 'static>(buffer: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        crossbeam_channel::bounded(buffer)
    }

    fn send<T: Send + 'static>(to: &Self::Sender<T>, value: T) -> bool {
        to.send(value).is_ok()
    }

    fn receive<T: Send + 'static>(from: &Self::Receiver<T>) -> Option<T> {
        from.recv().ok()
    }
}

impl Channel for Flume {
    type Sender<T: Send + 'static> = flume::Sender<T>;
    type Receiver<T: Send + 'static> = flume::Receiver<T>;

    fn bounded<T: Send + 'static>(buffer: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        flume::bounded(buffer)
    }

    fn send<T: Send + 'static>(to: &Self::Sender<T>, value: T) -> bool {
        to.send(value).is_ok()
    }

    fn receive<T: Send + 'static>(from: &Self::Receiver<T>) -> Option<T> {
        from.recv().ok()
    }
}
